"""Which of a few phrases a request is nearest to in meaning. Knows no article and no kind of request."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import lru_cache
from typing import cast

from rag.models import Embedder

Phrases = Mapping[str, tuple[str, ...]]
"""Phrases by what they stand for."""


def nearest(vector: Sequence[float], phrases: Phrases, embedder: Embedder) -> tuple[str, float]:
    """What the nearest phrase stands for, and its cosine. ``vector``: the request's, of unit length."""
    near = {
        meant: max(
            sum(a * b for a, b in zip(vector, other, strict=True))
            for other in _vectors(cast("Hashable", embedder), texts)
        )
        for meant, texts in phrases.items()
    }
    best = max(near, key=lambda meant: near[meant])
    return best, near[best]


@lru_cache(maxsize=32)
def _vectors(embedder: Hashable, texts: tuple[str, ...]) -> list[list[float]]:
    """Made once for an embedder: a follow-up would wait for two dozen texts each time."""
    return cast("Embedder", embedder).embed(texts)
