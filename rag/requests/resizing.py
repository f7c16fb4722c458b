"""Whether somebody wants the last answer shorter, or more of it. Knows no article.

The nearest in meaning of a few phrases decides, for a request that says nothing but that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, cast

from rag.models import Embedder
from rag.requests.nearest import Phrases, nearest
from rag.retrieval.terms import words

Size = Literal["shorter", "more"]

_PHRASES: Phrases = {
    "shorter": (
        *("shorter please", "make it shorter", "too long", "in one sentence", "can you shorten that?", "just the gist"),
        *("tldr?", "in two lines", "briefer", "keep it brief", "that is too much, sum it up"),
    ),
    "more": (
        *("more", "tell me more", "more details please", "go on", "what else?", "a bit longer"),
        *("can you expand on that?", "is there more?", "anything else?", "continue", "show me the rest"),
    ),
}
LIKE = 0.62
"""Cosine from which a request is one of these."""
MOST_WORDS = 8


def size_of(text: str, vector: Callable[[], Sequence[float]], embedder: Embedder) -> Size | None:
    """What is wanted of the last answer, None for any other request. ``vector`` gives the request's, if needed."""
    if len(words(text)) > MOST_WORDS:
        return None
    size, likeness = nearest(vector(), _PHRASES, embedder)
    return cast("Size", size) if likeness >= LIKE else None
