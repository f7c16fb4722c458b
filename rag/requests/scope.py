"""The articles that a question is to be kept to, where it says so: "in the 2023 articles", "only in the Verge's".

Knows the index; knows no kind of request and no search.
"""

from __future__ import annotations

import re

from rag.domain import Scope
from rag.requests.picking import picked
from rag.requests.subject import Subject
from rag.retrieval import Index

_PIECE = r"(?:articles?|reports?|pieces?|story|stories|texts?|ones)"
_ASIDE = (
    re.compile(
        r"\b(?:only |just )?(?:according to|as per)\s+(?P<source>[^,?]{2,60}?)(?=[,?]|$|\s+(?:who|what|how|when)\b)",
        re.I,
    ),
    re.compile(
        rf"\b(?:only |just )?(?:in|from|within)\s+(?:only\s+)?(?:the\s+|this\s+)?(?P<kind>(?:[\w.’'&-]+\s+){{0,5}}?)"
        rf"{_PIECE}\b(?:\s+(?:on|about|of|from|by)\s+(?P<what>[^,?]{{2,80}}?)(?=[,?]|$))?",
        re.I,
    ),
    re.compile(r"\b(?:only|just)\s+(?:in|from)\s+(?P<source>[^,?]{2,60}?)(?=[,?]|$)", re.I),
)
"""The words that keep a question to some articles; ``source`` must be an outlet or author, the rest may be a topic."""


def scope_of(question: str, index: Index) -> Scope | None:
    """What a question is to be kept to; None where it says nothing of that, or nothing that picks some articles out."""
    for pattern in _ASIDE:
        for found in pattern.finditer(question):
            ids = _meant(found, index)
            if ids and len(ids) < len(index.articles):
                return Scope(ids, found[0].strip(), _without(question, found))
    return None


def _meant(found: re.Match[str], index: Index) -> tuple[str, ...]:
    groups = found.groupdict()
    if groups.get("source"):
        one = picked(groups["source"], index)
        return one.ids if one else ()
    said = " ".join(part for part in (groups.get("kind"), groups.get("what")) if part).strip()
    if not said:
        return ()
    one = picked(said, index)
    if one is not None and one.ids:
        return one.ids
    subject = Subject(f"{said} article", (), index)
    meant = subject.numbered or (subject.by_words if _covers(subject) else None)
    return (meant,) if meant else ()


def _covers(subject: Subject) -> bool:
    """Whether something is left to look for that the articles hold in every word."""
    return bool(subject.terms) and not subject.unknown


def _without(question: str, found: re.Match[str]) -> str:
    rest = f"{question[: found.start()].rstrip()} {question[found.end() :].lstrip(' ,')}".strip()
    rest = re.sub(r"[\s,]+([,?])", r"\1", rest).strip(" ,")
    return rest[:1].upper() + rest[1:]
