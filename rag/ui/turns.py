"""One answer as the page and the clipboard need it: runs of text with their citations, sources, notes. Knows no HTML.

Citation numbers are those of the answer: the place in its evidence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from rag.domain import Answer, AnswerSentence, Article, Citation, Evidence, Turn
from rag.ui.addresses import article_address
from rag.ui.words import cut, model_in_words, provenance, quoted, times_in_words

CLOSEST = 3
"""Passages that are shown when the articles do not say."""

NOT_IN_ARTICLES = "Not in the articles."
_SAYS_SO = ("not in the articles", "nothing in the articles")
"""How a refusal begins that needs no such words in front of it."""

SAME_QUESTION = 85
"""Likeness, 0 to 100, from which on two wordings are one question: its names may have been respelled in between."""

_TAIL = re.compile(r"\S{1,12}$")
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’»)]*$")

Lookup = Callable[[str], Article | None]
"""Article id to article. Asked anew for each answer, so it should be quick."""


@dataclass(frozen=True, slots=True)
class Source:
    """Cited or read words with where they stand. ``title`` falls back to the file's name."""

    n: int
    href: str
    title: str
    meta: str
    article: str
    quote: str


@dataclass(frozen=True, slots=True)
class Group:
    """The sources of an answer that stand in one article, which is named once."""

    title: str
    meta: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of answer text and the sources that it rests on."""

    text: str
    sources: tuple[Source, ...] = ()

    @property
    def tail(self) -> str:
        """The end of the last word, which the line must not part from the numbers behind it."""
        match = _TAIL.search(self.text)
        return match[0] if match else ""

    @property
    def head(self) -> str:
        """Everything before the tail."""
        return self.text.removesuffix(self.tail)

    @property
    def awaits_number(self) -> bool:
        """Whether a sentence ends here that has no number yet: room for one is kept, lest the word move later."""
        return not self.sources and _SENTENCE_END.search(self.text) is not None


@dataclass(frozen=True, slots=True)
class Check:
    """What checking the answer's sentences gave. ``mood`` is "ok" or "warn"."""

    mood: str
    words: str


@dataclass(frozen=True, slots=True)
class TurnView:
    """A question and its answer, ready to be set."""

    number: int
    answer: Answer
    paragraphs: tuple[tuple[Piece, ...], ...]
    reading: tuple[Group, ...]
    cited: tuple[Group, ...]
    closest: tuple[Group, ...]
    waiting: str
    check: Check | None
    notes: tuple[str, ...]
    lead: str
    copy: str


def turn_view(answer: Answer, number: int, lookup: Lookup, before: Sequence[Turn] = ()) -> TurnView:
    """``answer`` as it stands now, whether or not it is done.

    Args:
        answer: the answer; sentences that are finished have their citations also while it streams.
        number: its place in the conversation.
        lookup: finds the articles that it names.
        before: the turns that its question was asked with, oldest first.
    """
    used = {citation.n for citation in answer.citations}
    unused = [evidence for evidence in answer.evidence if evidence.n not in used]
    stopped_early = answer.stopped and not used
    return TurnView(
        number=number,
        answer=answer,
        paragraphs=tuple(_paragraphs(answer, lookup)),
        reading=_grouped(answer.evidence, lookup) if stopped_early or not answer.done else (),
        cited=_grouped(_one_each(answer.citations), lookup) if answer.done else (),
        closest=_grouped(unused[:CLOSEST], lookup) if answer.refused else (),
        waiting=_waiting(answer),
        check=_check(answer.sentences) if answer.done and answer.citations else None,
        notes=_notes(answer, before),
        lead=_lead(answer),
        copy=copy_text(answer, lookup) if answer.done and answer.text else "",
    )


def copy_text(answer: Answer, lookup: Lookup) -> str:
    """Question, answer with its numbers and the quoted sources as plain text, for the clipboard."""
    body = "\n\n".join("".join(_with_numbers(piece) for piece in line) for line in _paragraphs(answer, lookup))
    body = f"{_lead(answer)} {body}{' [cut off]' if answer.stopped else ''}".strip()
    lines = [_reference(_source(citation, lookup)) for citation in answer.citations]
    return "\n\n".join(part for part in (answer.question, body, "\n".join(lines)) if part)


def _lead(answer: Answer) -> str:
    """The words that open a refusal, unless its text says so itself."""
    needed = answer.refused and not answer.text.casefold().startswith(_SAYS_SO)
    return NOT_IN_ARTICLES if needed else ""


def _with_numbers(piece: Piece) -> str:
    numbers = "".join(f"[{source.n}]" for source in piece.sources)
    return f"{piece.text} {numbers}" if numbers else piece.text


def _reference(source: Source) -> str:
    where = ", ".join(part for part in (source.title, source.meta, source.article) if part)
    return f"[{source.n}] {where}: {quoted(source.quote)}"


def _source(found: Citation | Evidence, lookup: Lookup) -> Source:
    article = lookup(found.article)
    return Source(
        n=found.n,
        href=article_address(found.article, found.span),
        title=article.title if article else found.article,
        meta=provenance(article) if article else "",
        article=found.article,
        quote=found.quote,
    )


def _grouped(found: Iterable[Citation | Evidence], lookup: Lookup) -> tuple[Group, ...]:
    """One group for each article, in order of the first number."""
    groups: dict[str, list[Source]] = {}
    for each in found:
        groups.setdefault(each.article, []).append(_source(each, lookup))
    return tuple(Group(sources[0].title, sources[0].meta, tuple(sources)) for sources in groups.values())


def _one_each(citations: Iterable[Citation]) -> list[Citation]:
    """The first citation of each number, by number."""
    first: dict[int, Citation] = {}
    for citation in citations:
        first.setdefault(citation.n, citation)
    return [first[n] for n in sorted(first)]


def _paragraphs(answer: Answer, lookup: Lookup) -> Iterator[tuple[Piece, ...]]:
    """The answer's text, its sentences found in it in order; what they do not cover yet is set as it stands."""
    line: list[Piece] = []
    for text, sentence in _stretches(answer):
        for i, part in enumerate(text.split("\n")):
            if i and line:
                yield tuple(line)
                line = []
            if part.strip() or (part and line):
                line.append(Piece(part if line else part.lstrip()))
        if sentence and line:
            sources = tuple(_source(citation, lookup) for citation in sentence.citations)
            line[-1] = Piece(line[-1].text, sources)
    if line:
        yield tuple(line)


def _stretches(answer: Answer) -> Iterator[tuple[str, AnswerSentence | None]]:
    """``answer.text`` cut into sentences with what lies between and after them."""
    at = 0
    for sentence in answer.sentences:
        start = answer.text.find(sentence.text, at)
        if start < 0:
            # The sentences are the answer; should the text lag behind them, they are set all the same.
            yield (" " if at else "") + sentence.text, sentence
            continue
        if start > at:
            yield answer.text[at:start], None
        at = start + len(sentence.text)
        yield answer.text[start:at], sentence
    if at < len(answer.text):
        yield answer.text[at:], None


def _waiting(answer: Answer) -> str:
    if answer.done or (answer.text and not answer.status):
        return ""
    return answer.status or ("Reading" if answer.evidence else "Searching the articles")


def _check(sentences: tuple[AnswerSentence, ...]) -> Check | None:
    """One line on the check; None unless every sentence has been checked."""
    verdicts = [sentence.supported for sentence in sentences]
    if not verdicts or None in verdicts:
        return None
    good = sum(bool(verdict) for verdict in verdicts)
    if good == len(verdicts):
        return Check("ok", "✓ each sentence stands in its source" if good > 1 else "✓ stands in its source")
    return Check("warn", f"{len(verdicts) - good} of {len(verdicts)} sentences not found in the source")


def _notes(answer: Answer, before: Sequence[Turn]) -> tuple[str, ...]:
    if not answer.done or answer.error:
        return ()
    partly = "answered in part" if answer.outcome == "partly" else ""
    notes = (partly, times_in_words(answer), model_in_words(answer.model), *_searched(answer.searched, before))
    return tuple(note for note in notes if note)


def _searched(searched: Sequence[str], before: Sequence[Turn]) -> tuple[str, ...]:
    """How the question was understood: the spellings that were searched as well, the question that it follows up.

    What stands behind that question are names of its answer; they go without saying.
    """
    spellings = list(searched)
    follows = ""
    for place, entry in enumerate(searched):
        asked = _asked_before(entry, [turn.question for turn in before])
        if asked:
            spellings, follows = list(searched[:place]), f"understood as a follow-up to {quoted(cut(asked))}"
            break
    return f"searched also: {', '.join(spellings)}" if spellings else "", follows


def _asked_before(entry: str, questions: Sequence[str]) -> str:
    """The first of the earlier questions that ``entry`` repeats, a single one or all from there on; "" if none."""
    likeness = {start: fuzz.ratio(entry, " ".join(questions[start:])) for start in range(len(questions))}
    start = max(likeness, key=lambda place: likeness[place], default=0)
    return questions[start] if likeness.get(start, 0) >= SAME_QUESTION else ""
