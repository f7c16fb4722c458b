"""One answer as the page and the clipboard need it: runs of text with their citations, sources, notes. Knows no HTML.

Citation numbers are those of the answer: the place in its evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from rag.domain import Answer, AnswerSentence, Article, Citation, Evidence
from rag.ui.addresses import article_address
from rag.ui.words import model_in_words, provenance, times_in_words

CLOSEST = 3
"""Passages that are shown when the articles do not say."""

NOT_IN_ARTICLES = "Not in the articles."

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
    closest: tuple[Source, ...]
    waiting: str
    check: Check | None
    notes: tuple[str, ...]
    searched: str
    copy: str

    @property
    def lead(self) -> str:
        """The words that open a refusal, unless its text already has them."""
        said = self.answer.text.casefold().startswith(NOT_IN_ARTICLES.rstrip(".").casefold())
        return "" if said else NOT_IN_ARTICLES


def turn_view(answer: Answer, number: int, lookup: Lookup) -> TurnView:
    """``answer`` as it stands now, whether or not it is done; ``number`` is its place in the conversation."""
    used = {citation.n for citation in answer.citations}
    unused = [evidence for evidence in answer.evidence if evidence.n not in used]
    return TurnView(
        number=number,
        answer=answer,
        paragraphs=tuple(_paragraphs(answer, lookup)),
        reading=() if answer.done else _grouped(answer.evidence, lookup),
        cited=_grouped(_one_each(answer.citations), lookup) if answer.done else (),
        closest=tuple(_source(evidence, lookup) for evidence in unused[:CLOSEST]) if answer.refused else (),
        waiting=_waiting(answer),
        check=_check(answer.sentences) if answer.done and answer.citations else None,
        notes=_notes(answer),
        searched="; ".join(answer.searched),
        copy=copy_text(answer, lookup) if answer.done else "",
    )


def copy_text(answer: Answer, lookup: Lookup) -> str:
    """Question, answer with its numbers and the quoted sources as plain text, for the clipboard."""
    body = "\n\n".join("".join(_with_numbers(piece) for piece in line) for line in _paragraphs(answer, lookup))
    if answer.refused and not body.casefold().startswith(NOT_IN_ARTICLES.rstrip(".").casefold()):
        body = f"{NOT_IN_ARTICLES} {body}".strip()
    if answer.stopped:
        body = f"{body} [cut off]".strip()
    lines = [_reference(_source(citation, lookup)) for citation in answer.citations]
    return "\n\n".join(part for part in (answer.question, body, "\n".join(lines)) if part)


def _with_numbers(piece: Piece) -> str:
    numbers = "".join(f"[{n}]" for n in dict.fromkeys(source.n for source in piece.sources))
    return f"{piece.text} {numbers}" if numbers else piece.text


def _reference(source: Source) -> str:
    where = ", ".join(part for part in (source.title, source.meta, source.article) if part)
    return f"[{source.n}] {where}: “{source.quote}”"


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


def _notes(answer: Answer) -> tuple[str, ...]:
    if not answer.done or answer.error:
        return ()
    partly = "answered in part" if answer.outcome == "partly" else ""
    return tuple(note for note in (partly, times_in_words(answer), model_in_words(answer.model)) if note)
