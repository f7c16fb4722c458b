"""Values of the domain as JSON text and back, whole: nothing of an answer is lost. Knows no database.

A text names its form. One of a form that is not known here is refused, never guessed at.
"""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from rag.domain import Answer, Article, Citation, Evidence, Span

FORM = 1
"""Raised when a text of now could not be read by what is here."""

T = TypeVar("T")


class UnknownForm(ValueError):
    """A text that was not written by this form."""


def packed(value: object) -> str:
    """A frozen value, or a tuple of some, as JSON in ASCII."""
    return json.dumps({"form": FORM, "value": _plain(value)}, separators=(",", ":"))


def unpacked(text: str, kind: type[T]) -> T:
    """The value that ``packed`` made ``text`` of.

    Raises:
        UnknownForm: it is of another form, damaged, or no such value.
    """
    try:
        whole = json.loads(text)
        if whole["form"] != FORM:
            raise UnknownForm(f"form {whole['form']!r}")
        made: T = _made(whole["value"], kind)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise UnknownForm(str(error)) from None
    return made


def without_text(article: Article, spans: tuple[Span, ...]) -> Article:
    """What a citation's label needs of its article: all but the text, its marks, and what others say in it."""
    said = tuple(one for one in article.statements if any(one.span.overlap(span) for span in spans))
    return replace(article, text="", marks=(), statements=said)


def cited_articles(answer: Answer) -> dict[str, tuple[Span, ...]]:
    """The articles that an answer shows words of, with where these stand."""
    found: dict[str, list[Span]] = {}
    disputed = [side for dispute in answer.disputes for side in (dispute.first, dispute.second)]
    shown: list[Citation | Evidence] = [*answer.evidence, *answer.citations, *disputed]
    for one in shown:
        found.setdefault(one.article, []).append(one.span)
    return {id: tuple(spans) for id, spans in found.items()}


def _plain(value: object) -> Any:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    return value


def _made(value: Any, kind: Any) -> Any:
    """``value`` as what a type hint of the domain asks for."""
    origin, given = get_origin(kind), get_args(kind)
    if origin in (types.UnionType, Union):
        if value is None and type(None) in given:
            return None
        return _made(value, next(one for one in given if one is not type(None)))
    if origin is tuple:
        return _tuple(_checked(value, list), given)
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return {_made(name, given[0]): _made(each, given[1]) for name, each in _checked(value, dict).items()}
    if origin is Literal:
        if value not in given:
            raise UnknownForm(f"{value!r:.60}")
        return value
    if is_dataclass(kind) and isinstance(kind, type):
        return _instance(_checked(value, dict), kind)
    return float(value) if kind is float and type(value) is int else _checked(value, kind)


def _tuple(values: list[Any], given: tuple[Any, ...]) -> tuple[Any, ...]:
    if given[-1] is Ellipsis:
        return tuple(_made(each, given[0]) for each in values)
    return tuple(_made(each, kind) for each, kind in zip(values, given, strict=True))


def _instance(values: dict[str, Any], kind: type) -> Any:
    """A dataclass; fields that were added since have their defaults, fields that are not known are another form."""
    hints = _hints(kind)
    if not values.keys() <= hints.keys():
        raise UnknownForm(f"fields of {kind.__name__}")
    needed = {f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING}
    if not needed <= values.keys():
        raise UnknownForm(f"fields of {kind.__name__}")
    return kind(**{name: _made(value, hints[name]) for name, value in values.items()})


@cache
def _hints(kind: type) -> dict[str, Any]:
    known = get_type_hints(kind)
    return {field.name: known[field.name] for field in fields(kind)}


def _checked(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise UnknownForm(f"{value!r:.60} is no {kind.__name__}")
    return value
