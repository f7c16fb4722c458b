"""What of a LlamaIndex model or embedder may be a secret: the values of what is named as a key. Knows no network."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from rag.secrets import is_credential, secrets_of

_DEPTH = 4
_LEAST = 8
"""Characters that a key has at least: a shorter value ("none", "fake") is a placeholder."""
_HEADERS = frozenset({"authorization", "cookie"})


def keys_of(plugged: object) -> list[str]:
    """The secrets that an object holds: in its fields, its private ones, its headers, its addresses."""
    return list(dict.fromkeys(s for s in _walk(plugged, _DEPTH, set()) if len(s) >= _LEAST))


def keys_around() -> list[str]:
    """The secrets of the environment, where many a client looks for its key."""
    return [value for name, value in os.environ.items() if is_credential(name) and len(value) >= _LEAST]


def _walk(held: object, depth: int, seen: set[int]) -> Iterator[str]:
    if depth == 0 or id(held) in seen:
        return
    seen.add(id(held))
    for name, value in _fields(held):
        if isinstance(value, str):
            if "://" in value:
                yield from secrets_of(value)
            elif _is_secret(name):
                yield from (value, value.rpartition(" ")[2])  # "Bearer sk-..." and what it bears
        elif callable(getattr(value, "get_secret_value", None)):  # pydantic's SecretStr
            yield str(value.get_secret_value())
        else:
            yield from _walk(value, depth - 1, seen)


def _is_secret(name: str) -> bool:
    plain = name.strip("_").replace("-", "_")
    return is_credential(plain) or plain.lower() in _HEADERS


def _fields(held: object) -> Iterator[tuple[str, Any]]:
    """Names and values; an object that computes its fields is not asked to."""
    if isinstance(held, Mapping):
        yield from ((str(name), value) for name, value in list(held.items()))
    elif isinstance(held, (list, tuple)):
        yield from (("", value) for value in held)
    else:
        for where in ("__dict__", "__pydantic_private__", "__pydantic_extra__"):
            inner = getattr(held, where, None)
            if isinstance(inner, Mapping):
                yield from ((str(name), value) for name, value in list(inner.items()))
