"""The index of some articles of a library, as if there were no others. Knows an index; knows no question."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.retrieval.lexical import LexicalIndex
from rag.retrieval.spelling import Speller

if TYPE_CHECKING:
    from rag.retrieval import Index


def narrowed(index: Index, articles: Collection[str]) -> Index:
    """What ``index`` holds of these articles (ids); words are counted, and names known, by them alone."""
    part = only(index, articles)
    passages = tuple(part.passages.values())
    lexical = LexicalIndex(passages, part.articles)
    return replace(part, lexical=lexical, speller=Speller(lexical.surface, lexical.documents))


def only(index: Index, articles: Collection[str]) -> Index:
    """The same without the work of counting words anew: to look into the articles, not to search them."""
    kept = {id: article for id, article in index.articles.items() if id in articles}
    return replace(
        index,
        articles=kept,
        passages={id: passage for id, passage in index.passages.items() if passage.article in kept},
        sentences={id: index.sentences[id] for id in kept},
    )
