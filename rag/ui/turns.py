"""One answer as the page and the clipboard need it: runs of text with their citations, sources, notes. Knows no HTML.

Citation numbers are those of the answer: the place in its evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from rag.domain import Answer, AnswerSentence, Citation, Turn
from rag.ui.sources import Disputed, Group, Lookup, Source, Sources
from rag.ui.words import cut, model_in_words, quoted, tied, times_in_words

CLOSEST = 3
"""Passages that are shown when the articles do not say."""

NOT_IN_ARTICLES = "Not in the articles."
NOT_FOUND = "not found in the source"
"""What stands behind a sentence that checking did not find there."""
_SAYS_SO = ("not in the articles", "nothing in the articles")
"""How a refusal begins that needs no such words in front of it."""

SAME_QUESTION = 85
"""Likeness, 0 to 100, from which on two wordings are one question: its names may have been respelled in between."""

_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’»)]*$")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of answer text and the sources that it rests on. ``doubt``: what is wrong with it, or ""."""

    text: str
    sources: tuple[Source, ...] = ()
    doubt: str = ""

    @property
    def tail(self) -> str:
        """The end of the last word, which the line must not part from the numbers behind it."""
        return tied(self.text)[1]

    @property
    def head(self) -> str:
        """Everything before the tail."""
        return tied(self.text)[0]

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
    disputes: tuple[Disputed, ...]
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
    known = Sources(answer, lookup)
    return TurnView(
        number=number,
        answer=answer,
        paragraphs=tuple(_paragraphs(answer, known)),
        reading=known.grouped(answer.evidence) if stopped_early or not answer.done else (),
        cited=known.grouped(_one_each(answer.citations)) if answer.done else (),
        closest=known.grouped(unused[:CLOSEST]) if answer.refused else (),
        disputes=() if answer.refused else tuple(known.disputed(dispute) for dispute in answer.disputes),
        waiting=_waiting(answer),
        check=_check(answer) if answer.done and answer.sentences and not answer.refused else None,
        notes=_notes(answer, before),
        lead=_lead(answer),
        copy=copy_text(answer, lookup) if answer.done and answer.text else "",
    )


def copy_text(answer: Answer, lookup: Lookup) -> str:
    """Question, answer with its numbers, disputes and the quoted sources as plain text, for the clipboard."""
    known = Sources(answer, lookup)
    body = "\n\n".join("".join(_with_numbers(piece) for piece in line) for line in _paragraphs(answer, known))
    body = f"{_lead(answer)} {body}{' [cut off]' if answer.stopped else ''}".strip()
    disputes = "\n".join(_in_a_line(known.disputed(dispute)) for dispute in answer.disputes)
    lines = [_reference(known.of(citation)) for citation in answer.citations]
    return "\n\n".join(part for part in (answer.question, body, disputes, _open(answer), "\n".join(lines)) if part)


def _in_a_line(disputed: Disputed) -> str:
    first, second = (f"{side.who} [{side.source.n}]: {quoted(side.source.quote)}" for side in disputed.sides)
    return f"Disputed. {disputed.words} {first} / {second}"


def _open(answer: Answer) -> str:
    heading = "Looked for" if answer.refused else "Not in the articles"
    return f"{heading}: {'; '.join(answer.missing)}" if answer.missing else ""


def _lead(answer: Answer) -> str:
    """The words that open a refusal, unless its text says so itself."""
    needed = answer.refused and not answer.text.casefold().startswith(_SAYS_SO)
    return NOT_IN_ARTICLES if needed else ""


def _with_numbers(piece: Piece) -> str:
    numbers = "".join(f"[{source.n}]" for source in piece.sources)
    return " ".join(part for part in (piece.text, numbers, f"[{piece.doubt}]" if piece.doubt else "") if part)


def _reference(source: Source) -> str:
    where = ", ".join(part for part in (source.speaker, source.title, source.meta, source.article) if part)
    return f"[{source.n}] {where}: {quoted(source.quote)}"


def _one_each(citations: Iterable[Citation]) -> list[Citation]:
    """The first citation of each number, by number."""
    first: dict[int, Citation] = {}
    for citation in citations:
        first.setdefault(citation.n, citation)
    return [first[n] for n in sorted(first)]


def _paragraphs(answer: Answer, known: Sources) -> Iterator[tuple[Piece, ...]]:
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
            sources = tuple(known.of(citation) for citation in sentence.citations)
            doubt = NOT_FOUND if sentence.supported is False and not answer.refused else ""
            line[-1] = Piece(line[-1].text, sources, doubt)
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


def _check(answer: Answer) -> Check | None:
    """One line on the check; None unless every sentence has been checked, and where nothing is cited nor doubted."""
    verdicts = [sentence.supported for sentence in answer.sentences]
    if None in verdicts or not (answer.citations or False in verdicts):
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
