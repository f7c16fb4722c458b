"""An assistant that answers from a script: for tests of the window, and to look at it without any model."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from rag.config import Config, load_without_page
from rag.corrections import Corrections
from rag.domain import (
    Answer,
    AnswerSentence,
    Article,
    Citation,
    Dispute,
    Evidence,
    Hit,
    Holdings,
    Kind,
    Mark,
    Passage,
    Span,
    SyncReport,
    Timings,
    Turn,
    Unreadable,
)
from rag.errors import QuestionError
from rag.libraries import Libraries
from rag.models import check_model, kind_of, label_of, sent_to
from rag.pace import Pace
from rag.reading import FileState
from rag.retrieval import Query, Retrieval
from rag.status import Home, Status

T = TypeVar("T")

BRIDGE = """\
Home » News » Old harbour bridge to be replaced

Old harbour bridge to be replaced

By Ada Lindqvist

Photo: Jonas Berg / Harbour Archive

The city council voted on Tuesday to replace the harbour bridge, which has carried trams across the inlet since 1931. \
The vote was eleven to four. Work is to begin in the spring, said Mayor Rita Olsen, and will last about three years.

“We have repaired it for two decades, and we cannot go on repairing it,” Olsen told reporters after the meeting. \
The council's own engineers had warned in a report last year that the eastern pier was sinking.

What it will cost

The new bridge is expected to cost 84 million crowns, a third of which the region will pay. \
Opponents doubt the figure. “No bridge in this country has ever been built at the price that was voted on,” said \
Per Halvorsen, who leads the opposition in the council.

You may also like: Ten walks along the inlet

Leave a Reply"""

TRAMS = """\
Tram drivers fear three winters without a crossing. The union asked the council on Friday for a temporary track over \
the northern dam.
A spokeswoman for the transport company said that a temporary track was “technically possible, but not cheap”. She put \
the price at nine million crowns.
Until a decision is made, lines 3 and 7 will end at the fish market."""

HOSTILE = """\
<script>window.pwned = 1</script> A headline that bites <img src=x onerror="window.pwned=2">

The dean said <img src="https://evil.example/pixel.png"> that ![pixel](https://evil.example/md.png) the \
[link](javascript:window.pwned=3) was “{{constructor.constructor('window.pwned=4')()}}” and ${window.pwned=5} too.

</p></article><iframe src="https://evil.example/frame"></iframe><style>body{display:none}</style>"""


def _article(article_id: str, text: str, title: str, marks: Sequence[tuple[str, str]] = (), **known: object) -> Article:
    found = tuple(Mark(text.index(words), text.index(words) + len(words), kind) for words, kind in marks)  # type: ignore[arg-type]
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Article(article_id, text, digest, title, marks=found, **known)  # type: ignore[arg-type]


ARTICLES = [
    _article(
        "harbour/old bridge #1.txt",
        BRIDGE,
        "Old harbour bridge to be replaced",
        [
            ("Home » News » Old harbour bridge to be replaced", "residue"),
            ("By Ada Lindqvist", "byline"),
            ("Photo: Jonas Berg / Harbour Archive", "credit"),
            ("What it will cost", "heading"),
            ("You may also like: Ten walks along the inlet", "residue"),
            ("Leave a Reply", "residue"),
        ],
        outlet="The Inlet Courier",
        author="Ada Lindqvist",
        date="2023-03-14",
        url="https://courier.example/bridge",
    ),
    _article(
        "trams.txt",
        TRAMS,
        "Tram drivers fear three winters without a crossing.",
        title_given=False,
        url="javascript:window.pwned=6",
    ),
    _article("hostile.txt", HOSTILE, "<script>window.pwned = 1</script> A headline that bites", outlet="<b>Evil</b>"),
]
BY_ID = {article.id: article for article in ARTICLES}


def cite(n: int, article: Article, quote: str) -> Citation:
    """The words ``quote`` of ``article`` as citation ``n``."""
    start = article.text.index(quote)
    return Citation(n, article.id, start, start + len(quote), quote)


def _shown(citation: Citation) -> Evidence:
    speaker = SPEAKERS.get((citation.article, citation.n))
    return Evidence(citation.n, citation.article, citation.start, citation.end, citation.quote, speaker)


_bridge, _trams, _hostile = ARTICLES
VOTE = cite(1, _bridge, "The vote was eleven to four.")
COST = cite(2, _bridge, "The new bridge is expected to cost 84 million crowns, a third of which the region will pay.")
TRACK = cite(3, _trams, "She put the price at nine million crowns.")
DOUBT = cite(4, _bridge, "No bridge in this country has ever been built at the price that was voted on,")
SPEAKERS = {
    (_trams.id, 3): "a spokeswoman for the transport company",
    (_bridge.id, 4): "Per Halvorsen, leader of the opposition in the council",
}
"""Who speaks in a piece of evidence, by article and number."""
ACROSS = Citation(
    2,
    _bridge.id,
    *(span := (BRIDGE.index("Work is to begin"), BRIDGE.index("Olsen told reporters"))),
    BRIDGE[slice(*span)],
)
GLAD = "The mayor was glad of it."
"""A sentence that no check finds in its source."""
BITE = cite(1, _hostile, HOSTILE.split("\n\n")[1])


def _answer(question: str, parts: Sequence[tuple[str, Sequence[Citation]]], **more: object) -> Answer:
    sentences = tuple(AnswerSentence(text, tuple(citations), text != GLAD) for text, citations in parts)
    citations = dict.fromkeys(c for s in sentences for c in s.citations)
    evidence = {c.n: _shown(c) for c in (VOTE, COST, TRACK, *citations)}
    answer = Answer(
        question,
        text=" ".join(text for text, _ in parts),
        sentences=sentences,
        evidence=tuple(evidence[n] for n in sorted(evidence)),
        model="scripted-model",
        timings=Timings(112.0, 2304.0, 4790.0),
        done=True,
    )
    return replace(answer, **more)  # type: ignore[arg-type]


SLOWLY = 0.12
"""Seconds between two words when a question ends in "slowly"."""

EXAMPLES = ["How did the council vote?", "What will the new bridge cost?", "How many people cross the bridge?"]

DISPUTED = "Will the bridge really cost 84 million crowns?"
PARTLY = "How did the council vote, and who voted against it?"
NOWHERE = "Where was Mayor Olson born?"

SCRIPT = {
    EXAMPLES[0]: _answer(
        EXAMPLES[0],
        [
            ("The council voted eleven to four for replacing the harbour bridge.", [VOTE]),
            ("Work begins in the spring and will last about three years, the mayor said.", [ACROSS]),
        ],
    ),
    EXAMPLES[1]: _answer(
        EXAMPLES[1],
        [
            ("It is expected to cost 84 million crowns, of which the region pays a third.", [COST]),
            ("A temporary tram track would cost nine million more.", [TRACK]),
        ],
        searched=("Halvorsen",),
    ),
    EXAMPLES[2]: _answer(
        EXAMPLES[2],
        [("The articles say that the bridge carries trams, but not how many people cross it.", [])],
        outcome="refused",
    ),
    DISPUTED: _answer(
        DISPUTED,
        [
            ("The bridge is expected to cost 84 million crowns, but the opposition doubts it.", [COST, DOUBT]),
            ("The temporary track would cost nine million, the transport company says.", [TRACK]),
        ],
        disputes=(Dispute("denial", COST, DOUBT, (None, SPEAKERS[_bridge.id, 4])),),
    ),
    PARTLY: _answer(
        PARTLY,
        [("The vote was eleven to four.", [VOTE]), (GLAD, [])],
        outcome="partly",
        missing=("who voted against it",),
    ),
    NOWHERE: _answer(
        NOWHERE,
        [("The articles name the mayor, but not where she was born.", [])],
        outcome="refused",
        missing=("the birthplace of Rita Olsen",),
        searched=("Olsen",),
    ),
    "hostile": _answer(
        "hostile",
        [
            (
                f"{BITE.quote} <img src=x onerror='window.pwned=7'> ![p](https://evil.example/a.png)<script>x</script>",
                [BITE],
            )
        ],
        searched=("<img src=https://evil.example/s.png>",),
        missing=("<img src=https://evil.example/missing.png>",),
        disputes=(Dispute("denial", BITE, BITE, ("<img src=https://evil.example/who.png>", None)),),
        model="<img src=https://evil.example/m.png>",
    ),
}


def so_far(sentences: Sequence[AnswerSentence], count: int) -> tuple[AnswerSentence, ...]:
    """The first ``count`` words: a sentence has its citations as soon as the next one has begun."""
    said: list[AnswerSentence] = []
    for sentence in sentences:
        words = sentence.text.split(" ")
        if count <= len(words):
            return (*said, AnswerSentence(" ".join(words[:count])))
        said.append(sentence)
        count -= len(words)
    return tuple(said)


class FakeAssistant:
    """Implements the window's view of an assistant; ``pause`` seconds pass between two words.

    While ``hold_at`` is a number, an answer stays at that many words, so that a test need not be quicker than it.
    """

    def __init__(self, pause: float = 0.01, status: Status | None = None) -> None:
        self.pause = pause
        self.hold_at: int | None = None
        self.calls: list[tuple[str, tuple[Turn, ...]]] = []
        self.closed: list[str] = []
        self.among: tuple[str, ...] = ()
        self.syncs = 0
        self.started = threading.Event()
        self.shut = threading.Event()
        self.shelf = Path(tempfile.mkdtemp(prefix="footnote-shelf-"))
        (self.shelf / "Harbour").mkdir()
        self.folder = self.shelf
        (self.folder / "articles").mkdir()
        self.libraries = Libraries(self.shelf / "data", self.shelf / "Harbour")
        self.corrections = Corrections(self.shelf / "data", self.shelf / "Harbour")
        self.rereads = 0
        self.bad: tuple[Unreadable, ...] = ()
        self._status = status or Status(
            True, "Scripted model, on this machine", True, articles=len(ARTICLES), phase="", progress=None
        )
        self._data = tempfile.TemporaryDirectory(prefix="footnote-fake-")
        (Path(self._data.name) / "articles").mkdir()
        (Path(self._data.name) / "articles" / "trams.txt").write_text(TRAMS, encoding="utf-8")
        self.config: Config = load_without_page(
            data=Path(self._data.name), articles=Path(self._data.name) / "articles", weights=Path(self._data.name)
        )
        self.remade = 0

    def start(self) -> None:
        self.started.set()

    def use(self, config: Config) -> None:
        check_model(config)
        self.config = config
        ready = kind_of(config) != "none"
        self._status = replace(self._status, model=label_of(config), model_ready=ready, notice=sent_to(config))

    def pace(self, model: str) -> Pace | None:
        return Pace(1.6, 2.4, 12) if model == "none" else None

    def anew(self, make: Callable[[Callable[[Status], None]], T]) -> T:
        self.remade += 1
        return make(lambda _: None)

    def status(self) -> Status:
        articles = self._status.articles if self.is_first() else 0
        return replace(self._status, library=self.libraries.current, articles=articles)

    def ask(self, question: str, history: Sequence[Turn], among: Sequence[str] = ()) -> Iterator[Answer]:
        self.calls.append((question, tuple(history)))
        self.among = tuple(among)
        if len(question) > 1000:
            raise QuestionError(f"The question has {len(question)} characters; at most 1000 are answered.")
        if question == "crash":
            raise RuntimeError("secret detail")
        return self._stream(question)

    def _stream(self, question: str) -> Iterator[Answer]:
        whole = SCRIPT.get(question.removesuffix(" slowly")) or _answer(
            question, [(f"You asked: {question}. The vote was eleven to four.", [VOTE])]
        )
        whole = replace(whole, question=question)
        pause = SLOWLY if question.endswith("slowly") else self.pause
        try:
            growing = Answer(question, evidence=whole.evidence, model=whole.model, status="second in line")
            yield from self._held(growing, 0)
            time.sleep(4 * pause)
            for count in range(1, len(whole.text.split(" ")) + 1):
                said = so_far(whole.sentences, count)
                text = " ".join(sentence.text for sentence in said)
                yield from self._held(replace(growing, text=text, sentences=said, status=None), count)
                time.sleep(pause)
            yield whole
        finally:
            self.closed.append(question)

    def _held(self, answer: Answer, words: int) -> Iterator[Answer]:
        """The answer once, and again while it is held there: a page that has gone is noticed between two."""
        yield answer
        while self.hold_at == words:
            time.sleep(0.05)
            yield answer

    def tell(self, kind: Kind, about: str = "") -> Answer:
        if about == "nobody":
            raise QuestionError("No article tells about 'nobody'.")
        if about == "crash":
            raise RuntimeError("secret detail")
        return replace(_answer(about, [("The vote was eleven to four.", [VOTE])]), kind=kind)

    def search(self, question: str) -> Retrieval:
        if question == "nothing":
            return Retrieval(Query(question, question, {}, ()))
        if question == "crash":
            raise RuntimeError("secret detail")
        passage = Passage(_bridge.id, VOTE.start, VOTE.end, VOTE.quote)
        query = Query(question, question, {}, (), searched=("vote",))
        return Retrieval(query, (Hit(passage, 1.5, {"lexical": 2.5, "reader": -0.5}),))

    def read_again(self) -> SyncReport:
        self.syncs += 1
        return SyncReport(
            added=("new.txt",), unchanged=tuple(BY_ID), unreadable=(Unreadable("bad.md", "it is no text"),), embedded=3
        )

    def article(self, article_id: str) -> Article | None:
        return next((article for article in self.articles() if article.id == article_id), None)

    def articles(self) -> list[Article]:
        return [self.corrections.applied(article) for article in ARTICLES] if self.is_first() else []

    def is_first(self) -> bool:
        """Whether the library is open that it was started with; others are empty."""
        return self.libraries.find(self.libraries.current).started

    def open_library(self, name: str) -> None:
        self.libraries.choose(name)

    def holdings(self) -> Holdings:
        people = {"Rita Olsen": (_bridge.id,), "Per Halvorsen": (_bridge.id,)}
        added = {article.id: float(place) for place, article in enumerate(ARTICLES)}
        return Holdings(tuple(self.articles()), people, added)

    def as_filed(self, article_id: str) -> Article | None:
        return BY_ID.get(article_id)

    def correct(self, article_id: str, details: Mapping[str, str | None]) -> None:
        self.corrections.correct(article_id, details)

    def home(self) -> Home:
        return Home(self.shelf / "Harbour", self.shelf / "data")

    def reread(self) -> None:
        self.rereads += 1

    def is_reading(self) -> bool:
        return False

    def file(self, article_id: str) -> FileState:
        known = (self.shelf / "Harbour" / article_id).exists()
        return FileState(article_id, "read", 1) if known else FileState(article_id, "gone")

    def unreadable(self) -> tuple[Unreadable, ...]:
        return self.bad

    def examples(self) -> list[str]:
        return EXAMPLES

    def not_now(self) -> None:
        self._status = replace(self._status, can_cancel=False, can_fetch=True, phase="", progress=None)

    def fetch(self) -> None:
        self._status = replace(
            self._status,
            can_cancel=True,
            can_fetch=False,
            phase="Fetching the language model 312 of 1,117 MB",
            progress=0.28,
        )

    def close(self) -> None:
        self.shut.set()
        shutil.rmtree(self.shelf, ignore_errors=True)


def marked(article: Article, span: Span) -> str:
    """What the marks of an article page must add up to: the quoted words without their paragraph breaks."""
    return "".join(article.quote(span).split())
