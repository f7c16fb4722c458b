"""One answer as the page and the clipboard need it: runs of text with their citations, sources, notes. Knows no HTML.

Citation numbers are those of the answer: the place in its evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rapidfuzz import fuzz

from rag.domain import FOR_EXAMPLE, Answer, AnswerSentence, Citation, Kind, Section, Turn
from rag.export import Block, Entry, Run, plain
from rag.export import Line as LineOut
from rag.ui.sources import Disputed, Group, Lookup, Source, Sources
from rag.ui.words import NO_MODEL, cut, is_verbatim, model_in_words, quoted, tied, times_in_words

CLOSEST = 3
"""Passages that are shown when the articles do not say."""

NOT_IN_ARTICLES = "Not in the articles."
NOT_FOUND = "not found in the source"
"""What stands behind a sentence that checking did not find there."""
COPIED = "Copied word for word from the articles."
COPIED_IN_PART = "What has a number is copied word for word from the articles."
"""Said where there are lines of our own between the copied ones, such as how many there are."""
WORDED = "Worded by the model, each sentence held against its source."
SEE_DISPUTED = "Disputed: see above."
CHANGED = "{} has changed since it was read; these are its words from before."
UNSURE = "Not sure that this answers the question."
SURE = 0.6
"""Confidence from which on an answer is given without a word of doubt."""
_TALK: frozenset[Kind] = frozenset({"smalltalk", "help", "vague", "outside"})
"""Kinds for which nothing is looked up: no words on sources, on what the articles lack, or on how long it took."""
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
class Line:
    """A line of a section: what stands in bold in front, and its text. One of the two may be missing.

    The sources belong to the text; where there is none, to the label.
    """

    label: Piece | None
    text: Piece | None
    ask: str = ""
    """A question that is asked when it is pressed; its text is then that question."""


@dataclass(frozen=True, slots=True)
class Part:
    """A section of an answer. ``form``: paragraphs; a list; a list with its labels in a column of their own."""

    heading: str
    form: Literal["paragraphs", "list", "terms"]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """What is known of how far an answer can be relied on. ``mood`` is "quiet" or "warn"."""

    mood: Literal["quiet", "warn"]
    words: str


@dataclass(frozen=True, slots=True)
class TurnView:
    """A question and its answer, ready to be set: in ``parts`` where it has sections, else in ``paragraphs``.

    ``details`` are for those who ask for them; ``notes`` and ``checks`` are always in view.
    """

    number: int
    answer: Answer
    paragraphs: tuple[tuple[Piece, ...], ...]
    parts: tuple[Part, ...]
    reading: tuple[Group, ...]
    cited: tuple[Group, ...]
    closest: tuple[Group, ...]
    disputes: tuple[Disputed, ...]
    waiting: str
    checks: tuple[Check, ...]
    notes: tuple[str, ...]
    details: tuple[str, ...]
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
        paragraphs=() if answer.sections else tuple(_paragraphs(answer, known)),
        parts=tuple(_part(section, answer, known) for section in answer.sections),
        reading=known.grouped(answer.evidence) if stopped_early or not answer.done else (),
        cited=known.grouped(_one_each(answer.citations)) if answer.done else (),
        closest=known.grouped(unused[:CLOSEST]) if answer.refused and answer.kind not in _TALK else (),
        disputes=() if answer.refused else tuple(known.disputed(dispute) for dispute in answer.disputes),
        waiting=_waiting(answer),
        checks=_checks(answer, known),
        notes=_notes(answer, before),
        details=_details(answer),
        lead=_lead(answer),
        copy=copy_text(answer, lookup) if answer.done and (answer.text or answer.sections) else "",
    )


def copy_text(answer: Answer, lookup: Lookup) -> str:
    """Question, answer with its numbers, disputes and the quoted sources as plain text, for the clipboard."""
    return plain(replace(entry_of(answer, lookup), facts=tuple(_changed(answer, Sources(answer, lookup)))))


def body_text(answer: Answer, lookup: Lookup) -> str:
    """What an answer says as plain text, as far as it has come: numbers behind its sentences, no sources."""
    known = Sources(answer, lookup)
    return plain(Entry("", blocks=_opened(answer, tuple(_blocks(answer, known)))))


def entry_of(answer: Answer, lookup: Lookup, number: int = 0) -> Entry:
    """The answer as it is exported: what the page shows of it, and every citation with its words."""
    known = Sources(answer, lookup)
    checks = (check.words for check in _checks(answer, known))
    scope = f"Kept to {quoted(answer.scope.words)}" if answer.scope else ""
    facts = (*checks, scope, *_notes(answer, ()), *_details(answer), answer.error or "")
    return Entry(
        question=answer.question,
        blocks=_opened(answer, tuple(_blocks(answer, known))),
        references=tuple(known.reference(citation) for citation in answer.citations),
        disputes=tuple(_in_a_line(known.disputed(dispute)) for dispute in answer.disputes),
        missing=_open(answer),
        facts=tuple(fact for fact in facts if fact),
        number=number,
        raw=answer.to_json(),
    )


def _blocks(answer: Answer, known: Sources) -> Iterator[Block]:
    """What stands apart: the sections of an answer that has some, else its paragraphs."""
    for section in answer.sections:
        part = _part(section, answer, known)
        lines = tuple(LineOut(_runs(one.text), _runs(one.label)[0] if one.label else None) for one in part.lines)
        yield Block(lines, part.heading, listed=part.form != "paragraphs")
    if not answer.sections:
        yield from (Block((LineOut(_runs(*pieces)),)) for pieces in _paragraphs(answer, known))


def _runs(*pieces: Piece | None) -> tuple[Run, ...]:
    return tuple(Run(p.text, tuple(source.n for source in p.sources), p.doubt) for p in pieces if p)


def _opened(answer: Answer, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """``blocks`` with the words of a refusal in front, and those of an answer that was cut off behind."""
    lead, cut_off = _lead(answer), "[cut off]" if answer.stopped else ""
    if not blocks:
        words = " ".join(part for part in (lead, cut_off) if part)
        return (Block((LineOut((Run(words),)),)),) if words else ()
    if lead and not blocks[0].heading:
        first, *others = blocks[0].lines
        led = replace(first, runs=(Run(f"{lead} "), *first.runs))
        blocks = (replace(blocks[0], lines=(led, *others)), *blocks[1:])
    elif lead:
        blocks = (Block((LineOut((Run(lead),)),)), *blocks)
    if cut_off:
        *before, last = blocks[-1].lines
        ended = replace(last, runs=(*last.runs, Run(f" {cut_off}")))
        blocks = (*blocks[:-1], replace(blocks[-1], lines=(*before, ended)))
    return blocks


def _in_a_line(disputed: Disputed) -> str:
    first, second = (f"{side.who} [{side.source.n}]: {quoted(side.source.quote)}" for side in disputed.sides)
    return f"Disputed. {disputed.words} {first} / {second}"


def _open(answer: Answer) -> str:
    heading = "Looked for" if answer.refused else "Not in the articles"
    return f"{heading}: {'; '.join(answer.missing)}" if answer.missing else ""


def _lead(answer: Answer) -> str:
    """The words that open a refusal, unless its text says so itself, or nothing was looked for."""
    needed = answer.refused and answer.kind not in _TALK and not answer.text.casefold().startswith(_SAYS_SO)
    return NOT_IN_ARTICLES if needed else ""


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
            line[-1] = _piece(line[-1].text, sentence, answer, known)
    if line:
        yield tuple(line)


def _piece(text: str, sentence: AnswerSentence, answer: Answer, known: Sources) -> Piece:
    """``text`` with what ``sentence`` rests on, and the doubt about it."""
    doubt = NOT_FOUND if sentence.supported is False and not answer.refused else ""
    shown = known.shown(text, *(citation.article for citation in sentence.citations))
    return Piece(shown, tuple(known.of(citation) for citation in sentence.citations), doubt)


def _part(section: Section, answer: Answer, known: Sources) -> Part:
    asks = answer.kind in _TALK and section.heading == FOR_EXAMPLE
    lines = tuple(
        replace(_line(each, answer, known), ask=each.text if asks else "")
        for each in section.lines
        if each.label or each.text
    )
    bare = not any(each.label or each.citations for each in section.lines)
    form: Literal["paragraphs", "list", "terms"] = "paragraphs" if bare and not section.heading else "list"
    if sum(bool(line.label and line.text) for line in lines) > 1:
        form = "terms"
    return Part(section.heading, form, lines)


def _line(sentence: AnswerSentence, answer: Answer, known: Sources) -> Line:
    piece = _piece(sentence.text or sentence.label, sentence, answer, known)
    if not sentence.text:
        return Line(piece, None)
    return Line(Piece(sentence.label) if sentence.label else None, piece)


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


def _checks(answer: Answer, known: Sources) -> tuple[Check, ...]:
    """What a reader should know before relying on an answer; () where that is nothing, or not known yet.

    That what was copied stands in its source goes without saying, so no more is claimed of it than that.
    """
    changed = tuple(Check("warn", words) for words in _changed(answer, known))
    if not answer.done or answer.stopped or answer.refused or answer.kind in _TALK or not answer.sentences:
        return changed
    unsure = answer.kind == "question" and answer.confidence is not None and answer.confidence < SURE
    checks = (
        *changed,
        _origin(answer, known),
        Check("quiet", SEE_DISPUTED) if answer.disputes else None,
        Check("quiet", UNSURE) if unsure else None,
    )
    return tuple(check for check in checks if check)


def _changed(answer: Answer, known: Sources) -> list[str]:
    """A sentence for each article whose file is no longer what was read."""
    return [CHANGED.format(quoted(known.title(id))) for id in answer.changed]


def _origin(answer: Answer, known: Sources) -> Check | None:
    """Whose words they are; None unless every sentence was checked or copied, and where nothing is cited nor doubted.

    Lines that neither cite nor were checked are our own, between those that count.
    """
    said = [one for one in answer.sentences if one.text and (one.citations or one.supported is not None)]
    wrong = sum(one.supported is False for one in said)
    checked = all(one.supported is not None for one in said)
    if wrong and checked:
        return Check("warn", f"{wrong} of {len(said)} sentences not found in the source")
    if wrong or not answer.citations:
        return None
    if answer.model == NO_MODEL or all(_is_copied(one, known) for one in said):
        whole = all(one.citations for one in answer.sentences if one.text)
        return Check("quiet", COPIED if whole else COPIED_IN_PART)
    return Check("quiet", WORDED) if checked else None


def _is_copied(sentence: AnswerSentence, known: Sources) -> bool:
    cited = ((citation.quote, known.of(citation).speaker) for citation in sentence.citations)
    return any(is_verbatim(sentence.text, quote, speaker) for quote, speaker in cited)


def _notes(answer: Answer, before: Sequence[Turn]) -> tuple[str, ...]:
    if not answer.done or answer.error:
        return ()
    partly = "answered in part" if answer.outcome == "partly" else ""
    if answer.kind == "language":
        return tuple(f"understood as {quoted(text)}" for text in answer.searched)
    return tuple(note for note in (partly, *_searched(answer.searched, before)) if note)


def _details(answer: Answer) -> tuple[str, ...]:
    """How long it took and by which model: for whoever wants to know."""
    if not answer.done or answer.error or answer.kind in _TALK:
        return ()
    return tuple(detail for detail in (times_in_words(answer), model_in_words(answer.model)) if detail)


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
