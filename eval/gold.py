"""Gold questions: reading a file of them and holding every line to its form and to the articles. Knows no assistant.

One JSON object a line, UTF-8. A line that breaks the form is an error that names it, before anything runs.
"""

from __future__ import annotations

import hashlib
import json
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from eval.evidence import ArticleTexts, EvidenceError, EvidenceForm, Form, GoldEvidence, Text, locate, shown
from rag.domain import Turn
from rag.errors import ConfigError, FootnoteError

__all__ = [
    "ArticleTexts",
    "Gold",
    "GoldError",
    "GoldEvidence",
    "GoldSet",
    "Problem",
    "Request",
    "load_gold",
    "parse_gold",
    "read_gold",
]

ANY_ARTICLE = "*"
"""In ``may_cite``: every article may be cited."""
MAX_LISTED = 20
"""Errors that are printed; the rest is counted. Whoever has more has one cause for them."""


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
class Request:
    """What makes a question a request, which is judged by the articles that a reply cites, not by their words.

    ``cite``: articles of which each has to be cited. ``may_cite``: those that may be cited besides, or "*" for any.
    ``refused``: whether a refusal is right.
    """

    cite: tuple[str, ...] = ()
    may_cite: tuple[str, ...] = ()
    refused: bool = False

    def allows(self, article: str) -> bool:
        """Whether an article may be cited."""
        return ANY_ARTICLE in self.may_cite or article in self.cite or article in self.may_cite


@dataclass(frozen=True, slots=True)
class Gold:
    """One gold question. ``answer`` None: the articles do not say, and refusing is right.

    ``near``: what a careless reader would take for the answer. It tells of the question and takes no part in scoring.
    ``request``: None for an ordinary question. The type of a request is the kind of thing that is asked for.
    """

    id: str
    type: str
    question: str
    answer: str | None
    required: tuple[tuple[str, ...], ...] = ()
    evidence: tuple[GoldEvidence, ...] = ()
    alt_evidence: tuple[GoldEvidence, ...] = ()
    near: tuple[GoldEvidence, ...] = ()
    history: tuple[Turn, ...] = ()
    premise_false: bool = False
    must_not: tuple[str, ...] = ()
    note: str | None = None
    request: Request | None = None

    @property
    def answerable(self) -> bool:
        return not self.request.refused if self.request else self.answer is not None

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


# -- the form of a line ------------------------------------------------------------------------------------------------


class _Turn(Form):
    question: Text
    answer: str


class _Row(Form):
    id: Text
    type: Text
    question: Text
    answer: Text | None
    required: list[Annotated[list[Text], Field(min_length=1)]]
    evidence: list[EvidenceForm] = Field(default_factory=list)
    alt_evidence: list[EvidenceForm] | None = None
    near: list[EvidenceForm] | None = None
    history: list[_Turn] | None = None
    premise_false: bool | None = None
    must_not: list[Text] | None = None
    note: str | None = None
    cite: list[Text] = Field(default_factory=list)
    may_cite: list[Text] | None = None
    refused: bool | None = None

    @property
    def request(self) -> Request | None:
        """What makes it a request, which it is by having ``cite``, be it empty."""
        if "cite" not in self.model_fields_set:
            return None
        refused = self.answer is None if self.refused is None else self.refused
        return Request(tuple(self.cite), tuple(self.may_cite or ()), refused)

    def contradictions(self) -> Iterator[str]:
        """What is wrong although each field by itself is right."""
        if self.request:
            return
        if "evidence" not in self.model_fields_set:
            yield "evidence is missing"
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
    return parse_gold(file, read_gold(file), texts)


def read_gold(file: Path) -> bytes:
    """The bytes of a gold file.

    Raises:
        GoldError: it cannot be read.
    """
    try:
        return file.read_bytes()
    except OSError as error:
        raise GoldError(f"The gold file {file} cannot be read: {(error.strerror or str(error)).lower()}.") from None


def parse_gold(file: Path, data: bytes, texts: ArticleTexts) -> GoldSet:
    """The gold questions in ``data``, which messages call ``file``, checked against the articles.

    Raises:
        GoldError: there is none, or there are lines that are wrong; it lists all of them.
    """
    reading = _Reading(texts)
    for number, line in enumerate(data.removeprefix(BOM_UTF8).split(b"\n"), 1):
        if line.strip():
            reading.take(number, line)
    if reading.problems:
        count = len(reading.problems)
        raise GoldError(f"{file} has {count:,} error{'s' if count > 1 else ''}; correct:", reading.problems)
    if not reading.rows:
        raise GoldError(f"The gold file {file} is empty: write one question a line, as JSON.")
    return GoldSet(file, hashlib.sha256(data).hexdigest(), tuple(reading.rows))


_Located = tuple[GoldEvidence, ...]


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
            self._say(number, f"id {shown(row.id)} stands in line {first} already")
        for contradiction in row.contradictions():
            self._say(number, contradiction)
        evidence = self._located(number, "evidence", row.evidence)
        alternatives = self._located(number, "alt_evidence", row.alt_evidence or [])
        near = self._located(number, "near", row.near or [])
        self._check_articles(number, row.request)
        if len(self.problems) == before:
            self.rows.append(_gold(row, evidence, alternatives, near))

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

    def _located(self, number: int, name: str, pieces: Iterable[EvidenceForm]) -> _Located:
        found: list[GoldEvidence] = []
        for place, piece in enumerate(pieces):
            try:
                found.append(locate(piece, f"{name}[{place}]", self._texts))
            except EvidenceError as error:
                self._say(number, str(error))
        return tuple(found)

    def _check_articles(self, number: int, request: Request | None) -> None:
        """Every article that a request names is there, and can be read."""
        if request is None:
            return
        for name, docs in (("cite", request.cite), ("may_cite", request.may_cite)):
            for place, doc in enumerate(docs):
                if name == "may_cite" and doc == ANY_ARTICLE:
                    continue
                try:
                    locate(EvidenceForm(doc=doc, quote=None), f"{name}[{place}]", self._texts)
                except EvidenceError as error:
                    self._say(number, str(error))


def _gold(row: _Row, evidence: _Located, alternatives: _Located, near: _Located) -> Gold:
    return Gold(
        id=row.id,
        type=row.type,
        question=row.question,
        answer=row.answer,
        required=tuple(tuple(group) for group in row.required),
        evidence=evidence,
        alt_evidence=alternatives,
        near=near,
        history=tuple(Turn(turn.question, turn.answer) for turn in row.history or []),
        premise_false=bool(row.premise_false),
        must_not=tuple(row.must_not or []),
        note=row.note,
        request=row.request,
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
    return names.get(type(value)) or shown(value)
