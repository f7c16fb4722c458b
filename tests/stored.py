"""What the tests of the library share: an article cut by hand, and a look at all that a library shows."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from rag.briefs import Brief
from rag.domain import Article, Passage, Span
from rag.errors import LibraryError
from rag.models.scripted import HashEmbedder
from rag.store import Library

ROOT = Path(__file__).parent.parent
TEXT = "Harbour opens\nThe new harbour opened on Monday. It cost 3 million. Photo: A. Person"


def unit(*numbers: float) -> list[float]:
    length = math.sqrt(sum(n * n for n in numbers))
    return [n / length for n in numbers]


def make_article(id: str = "harbour.txt", text: str = TEXT, digest: str = "d1", **fields: object) -> Article:
    return Article(id=id, text=text, digest=digest, title=text.splitlines()[0], **fields)  # type: ignore[arg-type]


def make_passages(article: Article) -> list[Passage]:
    """Two body passages and a credit, cut by hand from TEXT."""

    def cut(spans: list[tuple[int, int]], kind: str = "body") -> Passage:
        start, end = spans[0][0], spans[-1][1]
        quoted = article.text[start:end]
        return Passage(article.id, start, end, quoted, kind, tuple(Span(*s) for s in spans))  # type: ignore[arg-type]

    return [cut([(0, 13), (14, 47)]), cut([(48, 66)]), cut([(67, 83)], "credit")]


def put(library: Library, article: Article, tilt: float = 0.0, brief: Brief | None = None) -> list[Passage]:
    """Store an article with vectors that lean to ``tilt`` in the second direction."""
    passages = make_passages(article)
    vectors = [unit(1, tilt, i / 10) for i in range(len(passages))]
    library.replace(article, passages, vectors, brief)
    return passages


def everything(library: Library) -> tuple[list[Article], list[Passage]]:
    """All that can be seen of a library; every passage must be found by its vector, once."""
    passages = library.passages()
    found = [id for id, _ in library.nearest(HashEmbedder().embed_query("the"), 2000)]
    assert sorted(found) == sorted(p.id for p in passages)
    return library.articles(), passages


def sentence_of(error: pytest.ExceptionInfo[LibraryError], *parts: str) -> None:
    message = str(error.value)
    assert "\n" not in message and message.endswith(".") and len(message) < 600
    assert all(part in message for part in parts), message
