"""Thumbs that readers gave, made into gold questions: python -m eval from-feedback --data DIR --out FILE.

A thumb up makes a question of what was answered and cited; "not in the articles" makes one that is to be refused. All
else, and what the articles no longer hold, goes to a file of its own, for a person to complete. Knows no assistant.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.evidence import ArticleTexts, EvidenceError, EvidenceForm, locate
from rag.chats import REASONS, Chats, Place, Thumb, UnknownForm, unpacked
from rag.domain import Answer, Article

_FIGURE = re.compile(r"\d[\d.,:]*\d|\d")
_NAME = re.compile(r"(?<!^)(?<![.!?] )\b[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)*")
_HOW_MUCH = re.compile(r"(?i)^(?:how (?:many|much|long|old|often)|when|in which year|what year|what date)\b")
_WHO_SAID = re.compile(r"(?i)\b(?:said|say|says|told|claimed?|according|think|thinks)\b")
MOST_PARTS = 3
"""Parts that an answer must hold, as they are guessed: names and figures that the question does not have."""


@dataclass(frozen=True, slots=True)
class Made:
    """Gold rows that can be used, and rows that a person has to complete, each with what it wants."""

    rows: tuple[dict[str, Any], ...]
    open: tuple[dict[str, Any], ...]


def made_of(chats: Chats, texts: ArticleTexts) -> Made:
    """A row for every thumb of the library."""
    rows: list[dict[str, Any]] = []
    left: list[dict[str, Any]] = []
    for place, thumb, answer, articles, history in chats.feedback():
        try:
            known = unpacked(articles, tuple[Article, ...])
            row = _row(place, thumb, unpacked(answer, Answer), unpacked(history, tuple[tuple[str, str], ...]))
        except UnknownForm:
            continue  # Kept by another version: what it held cannot be told.
        wanted = list(_wanted(row, thumb, {article.id: article.digest for article in known}, texts))
        (left if wanted else rows).append(row | ({"wanted": wanted} if wanted else {}))
    return Made(tuple(rows), tuple(left))


def write(made: Made, out: Path) -> Path:
    """Gold rows to ``out``, rows to complete to a file beside it, whose path is returned."""
    beside = out.with_name(f"{out.stem}.open{out.suffix or '.jsonl'}")
    for file, rows in ((out, made.rows), (beside, made.open)):
        lines = "".join(json.dumps(row, ensure_ascii=True) + "\n" for row in rows)
        part = file.with_name(f"{file.name}.part")
        part.write_text(lines, encoding="utf-8")
        part.replace(file)
    return beside


def _row(place: Place, thumb: Thumb, answer: Answer, history: Sequence[tuple[str, str]]) -> dict[str, Any]:
    absent = answer.refused if thumb.up else thumb.reason == "absent"
    opinion = "good answer" if thumb.up else f"not good: {REASONS.get(thumb.reason, thumb.reason)}"
    note = f"From a reader's thumb ({opinion}{f'; {thumb.words}' if thumb.words else ''})."
    row: dict[str, Any] = {
        "id": f"fb-{place.chat[:8]}-{place.number}",
        "type": _type(answer, absent, bool(history)),
        "question": answer.question,
        "answer": None if absent else answer.text,
        "required": [] if absent or answer.kind != "question" else _required(answer),
        "evidence": [] if absent or answer.kind != "question" else _evidence(answer),
        "note": note,
    }
    if history and answer.kind == "question" and answer.searched:
        row["history"] = [{"question": question, "answer": text} for question, text in history]
    if answer.kind != "question":
        row |= {"cite": sorted({citation.article for citation in answer.citations}), "refused": absent}
    return row


def _type(answer: Answer, absent: bool, follows: bool) -> str:
    """The kind of question, as far as it can be guessed."""
    if answer.kind != "question":
        return answer.kind
    if absent:
        return "unanswerable"
    if answer.disputes:
        return "comparison_or_conflict"
    if follows and answer.searched:
        return "followup"
    if len({citation.article for citation in answer.citations}) > 1:
        return "multi_doc"
    if _HOW_MUCH.match(answer.question):
        return "numeric_or_date"
    return "attribution" if _WHO_SAID.search(answer.question) else "factoid"


def _required(answer: Answer) -> list[list[str]]:
    """Figures and names of the answer that the question does not have: what an answer cannot do without."""
    asked = answer.question.casefold()
    found = [*_FIGURE.findall(answer.text), *_NAME.findall(answer.text)]
    new = dict.fromkeys(part for part in found if part.casefold() not in asked)
    return [[part] for part in list(new)[:MOST_PARTS]]


def _evidence(answer: Answer) -> list[dict[str, str]]:
    cited = dict.fromkeys((citation.article, citation.quote) for citation in answer.citations)
    return [{"doc": doc, "quote": quote} for doc, quote in cited]


def _wanted(row: dict[str, Any], thumb: Thumb, digests: dict[str, str], texts: ArticleTexts) -> Iterator[str]:
    """What a row wants before it is gold."""
    if not thumb.up and thumb.reason != "absent":
        yield "the right answer, with what it requires and its evidence"
        return
    if row["answer"] is None and row["type"] == "unanswerable":
        return
    if "cite" in row:
        gone = [doc for doc in row["cite"] if doc not in texts.ids]
        yield from (f"the article {doc}, which is not in {texts.root}" for doc in gone)
        return
    if not row["required"]:
        yield "required: no name or figure of the answer is new to its question"
    if not row["evidence"]:
        yield "evidence: nothing is cited"
    for piece in row["evidence"]:
        try:
            locate(EvidenceForm(doc=piece["doc"], quote=piece["quote"]), "evidence", texts)
        except EvidenceError as error:
            was = digests.get(piece["doc"], "")[:16]
            yield f"{error} (it was answered from the version whose sha256 begins with {was or '?'})"
