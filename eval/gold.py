"""Gold questions: reading a file of them and holding every line to its form and to the articles. Knows no assistant.

One JSON object a line, UTF-8. A line that breaks the form is an error that names it, before anything runs.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from eval.matching import norm, occurrences
from rag.articles import list_articles, read_article
from rag.domain import Article, Span, Turn
from rag.errors import ConfigError, FootnoteError, UnreadableFile
from rag.passages import body_sentences

MAX_LISTED = 20
"""Errors that are printed; the rest is counted. Whoever has more has one cause for them."""
_SHOWN = 60


class GoldError(FootnoteError):
    """A gold file that cannot be used. ``problems`` lists every line that is wrong, ``str()`` the first of them."""

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        self.problems = tuple(problems)
        lines = [message, *(f"  line {problem.line}: {problem.message}" for problem in problems[:MAX_LISTED])]
        if len(problems) > MAX_LISTED:
            lines.append(f"  and {len(problems) - MAX_LISTED:,} more")
        super().__init__("\n".join(lines))


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one line (counted from 1) of a gold file."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class GoldEvidence:
    """Words of an article that give an answer. ``spans``: every place where they stand; () when ``quote`` is None.

    ``quote`` None: only the article is known, and any piece of it counts.
    """

    doc: str
    quote: str | None
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Gold:
    """One gold question. ``answer`` None: the articles do not say, and refusing is right."""

    id: str
    type: str
    question: str
    answer: str | None
    required: tuple[tuple[str, ...], ...] = ()
    evidence: tuple[GoldEvidence, ...] = ()
    alt_evidence: tuple[GoldEvidence, ...] = ()
    history: tuple[Turn, ...] = ()
    premise_false: bool = False
    must_not: tuple[str, ...] = ()
    note: str | None = None

    @property
    def answerable(self) -> bool:
        return self.answer is not None

    @property
    def targets(self) -> tuple[tuple[GoldEvidence, ...], ...]:
        """What has to be found: each piece of evidence; of a single one, any of the alternatives will do as well."""
        if len(self.evidence) == 1:
            return ((*self.evidence, *self.alt_evidence),)
        return tuple((piece,) for piece in self.evidence)

    @property
    def quoted(self) -> bool:
        """Whether there is evidence and all of it is known to the word."""
        return bool(self.evidence) and all(piece.quote is not None for piece in self.evidence)


@dataclass(frozen=True)
class GoldSet:
    """The questions of one file, in its order. ``digest``: sha256 of the file's bytes, in hexadecimal."""

    file: Path
    digest: str
    rows: tuple[Gold, ...] = field(repr=False)

    def select(
        self, types: Sequence[str] = (), limit: int | None = None, sample: int | None = None
    ) -> tuple[Gold, ...]:
        """The first ``limit`` questions of these types; all when nothing is given. In the order of the file.

        ``sample`` takes so many questions spread evenly over types and file, always the same ones.

        Raises:
            ConfigError: the file has no question of such a type.
        """
        known = Counter(row.type for row in self.rows)
        missing = [name for name in types if name not in known]
        if missing:
            raise ConfigError(f"{self.file} has no question of type {missing[0]!r}: there are {', '.join(known)}.")
        chosen = [row for row in self.rows if not types or row.type in types]
        return tuple(_spread(chosen, sample) if sample is not None else chosen)[:limit]


def _spread(rows: Sequence[Gold], size: int) -> list[Gold]:
    """A systematic sample: every n-th question when they are put in order of type."""
    places = sorted(range(len(rows)), key=lambda place: (rows[place].type, place))
    picked = {place for i, place in enumerate(places) if (i + 1) * size // len(rows) > i * size // len(rows)}
    return [row for place, row in enumerate(rows) if place in picked]


class ArticleTexts:
    """The texts of a folder's articles, each read once, when it is first asked for.

    Raises:
        ArticlesError: the folder is missing, not a folder, or holds no article.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._read: dict[str, Article] = {}
        self._normed: dict[str, str] = {}
        self._sentences: dict[str, tuple[Span, ...]] = {}
        self.ids = frozenset(list_articles(root))

    def __getitem__(self, article: str) -> str:
        """The text of an article.

        Raises:
            KeyError: the folder has no such article.
            UnreadableFile: it cannot be read.
        """
        if article not in self.ids:
            raise KeyError(article)
        if article not in self._read:
            self._read[article] = read_article(self.root, article)
        return self._read[article].text

    def sentences(self, article: str) -> tuple[Span, ...]:
        """The sentences of an article's body in order; raises as reading it does."""
        if article not in self._sentences:
            self[article]
            self._sentences[article] = tuple(sentence.span for sentence in body_sentences(self._read[article]))
        return self._sentences[article]

    def quote(self, article: str, span: Span) -> str | None:
        """The words at a span, None when there are none: no such article, or the span leads out of it."""
        if article not in self.ids:
            return None
        text = self[article]
        return text[span.start : span.end] if 0 <= span.start < span.end <= len(text) else None

    def nearly(self, quote: str, article: str) -> bool:
        """Whether the article has the quote but for capitals, spaces, dashes and forms of quotation marks."""
        if article not in self._normed:
            self._normed[article] = norm(self[article])
        return norm(quote) in self._normed[article]


# -- the form of a line ------------------------------------------------------------------------------------------------

_Text = Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]


class _Form(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class _Turn(_Form):
    question: _Text
    answer: str


class _Evidence(_Form):
    doc: _Text
    quote: _Text | None


class _Row(_Form):
    id: _Text
    type: _Text
    question: _Text
    answer: _Text | None
    required: list[Annotated[list[_Text], Field(min_length=1)]]
    evidence: list[_Evidence]
    alt_evidence: list[_Evidence] | None = None
    history: list[_Turn] | None = None
    premise_false: bool | None = None
    must_not: list[_Text] | None = None
    note: str | None = None

    def contradictions(self) -> Iterator[str]:
        """What is wrong although each field by itself is right."""
        if self.answer is not None and not self.required:
            yield "required is empty although there is an answer: any answer would count as right"
        if self.answer is not None and self.premise_false:
            yield "premise_false is true although there is an answer: a false premise has answer null"
        if self.answer is None and (self.evidence or self.alt_evidence):
            yield "evidence is given although answer is null: the articles do not say, so leave it empty"
        if self.answer is None and self.premise_false and not self.required:
            yield "premise_false is true but required is empty: say what a correction must hold"


# -- reading -----------------------------------------------------------------------------------------------------------


def load_gold(file: Path, texts: ArticleTexts) -> GoldSet:
    """The gold questions of ``file``, checked against the articles.

    Raises:
        GoldError: the file cannot be read, is empty, or has lines that are wrong; it lists all of them.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise GoldError(f"The gold file {file} cannot be read: {(error.strerror or str(error)).lower()}.") from None
    reading = _Reading(texts)
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip():
            reading.take(number, line)
    if reading.problems:
        count = len(reading.problems)
        raise GoldError(f"{file} has {count:,} error{'s' if count > 1 else ''}; correct:", reading.problems)
    if not reading.rows:
        raise GoldError(f"The gold file {file} is empty: write one question a line, as JSON.")
    return GoldSet(file, hashlib.sha256(data).hexdigest(), tuple(reading.rows))


class _Reading:
    """The state of reading a file: good rows, problems, and which id stood where."""

    def __init__(self, texts: ArticleTexts) -> None:
        self.rows: list[Gold] = []
        self.problems: list[Problem] = []
        self._texts = texts
        self._lines: dict[str, int] = {}

    def take(self, number: int, line: bytes) -> None:
        """Read one line: a row more, or problems more."""
        before = len(self.problems)
        row = self._parsed(number, line)
        if row is None:
            return
        first = self._lines.setdefault(row.id, number)
        if first != number:
            self._say(number, f"id {_shown(row.id)} stands in line {first} already")
        for contradiction in row.contradictions():
            self._say(number, contradiction)
        evidence = self._located(number, "evidence", row.evidence)
        alternatives = self._located(number, "alt_evidence", row.alt_evidence or [])
        if len(self.problems) == before:
            self.rows.append(_gold(row, evidence, alternatives))

    def _say(self, number: int, message: str) -> None:
        self.problems.append(Problem(number, message))

    def _parsed(self, number: int, line: bytes) -> _Row | None:
        try:
            value = json.loads(line.decode("utf-8"))
        except UnicodeDecodeError as error:
            self._say(number, f"not UTF-8: byte 0x{line[error.start]:02x} at position {error.start + 1}")
            return None
        except json.JSONDecodeError as error:
            self._say(number, f"not JSON: {error.msg.lower()} at column {error.colno}")
            return None
        except (ValueError, RecursionError):  # a number of thousands of digits, thousands of brackets
            self._say(number, "not JSON that can be read: too long a number or too deeply nested")
            return None
        if not isinstance(value, dict):
            self._say(number, f"not a JSON object but {_kind(value)}")
            return None
        try:
            return _Row.model_validate(value)
        except ValidationError as error:
            for wrong in error.errors():
                self._say(number, _worded(wrong["loc"], wrong["msg"], wrong["type"], wrong["input"]))
            return None

    def _located(self, number: int, name: str, pieces: Iterable[_Evidence]) -> tuple[GoldEvidence, ...]:
        return tuple(self._locate(number, f"{name}[{place}]", piece) for place, piece in enumerate(pieces))

    def _locate(self, number: int, where: str, piece: _Evidence) -> GoldEvidence:
        if piece.doc not in self._texts.ids:
            self._say(number, f"{where}: there is no article {_shown(piece.doc)} in {self._texts.root}")
            return GoldEvidence(piece.doc, piece.quote)
        try:
            spans = occurrences(piece.quote or "", self._texts[piece.doc])
        except UnreadableFile as error:
            self._say(number, f"{where}: the article {piece.doc} cannot be read: {error}")
            return GoldEvidence(piece.doc, piece.quote)
        if piece.quote is not None and not spans:
            near = self._texts.nearly(piece.quote, piece.doc)
            hint = "; it differs in capitals, spaces, dashes or quotation marks only" if near else ""
            self._say(number, f"{where}: the quote {_shown(piece.quote)} is not in {piece.doc}{hint}")
        return GoldEvidence(piece.doc, piece.quote, spans)


def _gold(row: _Row, evidence: tuple[GoldEvidence, ...], alternatives: tuple[GoldEvidence, ...]) -> Gold:
    return Gold(
        id=row.id,
        type=row.type,
        question=row.question,
        answer=row.answer,
        required=tuple(tuple(group) for group in row.required),
        evidence=evidence,
        alt_evidence=alternatives,
        history=tuple(Turn(turn.question, turn.answer) for turn in row.history or []),
        premise_false=bool(row.premise_false),
        must_not=tuple(row.must_not or []),
        note=row.note,
    )


def _worded(place: tuple[int | str, ...], message: str, kind: str, seen: object) -> str:
    """A validation error in our words: where, what was seen, what is wanted."""
    where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".")
    if kind == "missing":
        return f"{where} is missing"
    if kind in ("string_too_short", "string_pattern_mismatch"):
        return f"{where} is empty"
    if kind == "too_short":
        return f"{where} is an empty list"
    wanted = message.removeprefix("Input should be ").lower()
    return f"{where} is {_kind(seen)}; wanted: {wanted}"


def _kind(value: object) -> str:
    names: dict[type[Any], str] = {dict: "an object", list: "a list", type(None): "null"}
    return names.get(type(value)) or _shown(value)


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= _SHOWN else f'{text[: _SHOWN - 4]}..."'
