"""The page at /api: what programs can send and what they get, read off the APIs' own descriptions.

No script, nothing from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse

from rag.ui.render import api_html
from rag.ui.views import reply

_METHODS = ("get", "post", "delete")


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that is sent or comes back."""

    name: str
    kind: str
    needed: bool
    about: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One address with a method."""

    method: str
    path: str
    summary: str
    about: str
    sent: tuple[Field, ...]
    reply: str
    given: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """All of one API."""

    title: str
    about: str
    operations: tuple[Operation, ...]


def api_page(apps: Mapping[str, FastAPI]) -> APIRouter:
    """``GET /api``. ``apps``: the APIs by where they are mounted."""
    router = APIRouter()

    @router.api_route("/api", methods=["GET", "HEAD"], response_class=HTMLResponse)
    def described(fragment: bool = False) -> HTMLResponse:
        body = api_html([group(app.openapi(), where) for where, app in apps.items()])
        return reply(200, "For other programs", body, fragment)

    return router


def group(schema: Mapping[str, Any], where: str) -> Group:
    """An OpenAPI description as the page shows it."""
    shapes = schema.get("components", {}).get("schemas", {})
    operations = tuple(
        _operation(method, where + path, told, shapes)
        for path, methods in schema["paths"].items()
        for method, told in methods.items()
        if method in _METHODS
    )
    return Group(schema["info"]["title"], schema["info"].get("description", ""), operations)


def _operation(method: str, path: str, told: Mapping[str, Any], shapes: Mapping[str, Any]) -> Operation:
    body = _content(told.get("requestBody", {}))
    reply = _content(told.get("responses", {}).get("200", {}))
    sent = (*(_parameter(one, shapes) for one in told.get("parameters", ())), *_fields(body, shapes))
    about = " ".join(told.get("description", "").split())
    return Operation(
        method.upper(), path, told.get("summary", ""), about, sent, _name(reply), tuple(_fields(reply, shapes))
    )


def _content(part: Mapping[str, Any]) -> Mapping[str, Any]:
    schema: Mapping[str, Any] = part.get("content", {}).get("application/json", {}).get("schema", {})
    return schema


def _parameter(one: Mapping[str, Any], shapes: Mapping[str, Any]) -> Field:
    schema = one.get("schema", {})
    return Field(one["name"], _kind(schema, shapes), one.get("required", False), one.get("description", ""))


def _fields(schema: Mapping[str, Any], shapes: Mapping[str, Any]) -> Iterator[Field]:
    shape = _shape(schema, shapes)
    needed: Sequence[str] = shape.get("required", ())
    for name, one in shape.get("properties", {}).items():
        about = one.get("description") or ""
        yield Field(name, _kind(one, shapes), name in needed, " ".join(about.split()))


def _name(schema: Mapping[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2].removesuffix("Out").removesuffix("In")


def _shape(schema: Mapping[str, Any], shapes: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = str(schema.get("$ref", "")).rpartition("/")[2]
    found: Mapping[str, Any] = shapes.get(reference, {}) if reference else schema
    return found


def _kind(schema: Mapping[str, Any], shapes: Mapping[str, Any]) -> str:
    """A type in words: "list of Citation (n, article, start, end, quote)"."""
    if "$ref" in schema:
        inner = ", ".join(_shape(schema, shapes).get("properties", {}))
        return f"{_name(schema)} ({inner})" if inner else _name(schema)
    if "enum" in schema or "const" in schema:
        return " | ".join(map(str, schema.get("enum", [schema.get("const")])))
    if "anyOf" in schema:
        return " or ".join(_kind(one, shapes) for one in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}), shapes)}"
    return str(schema.get("type", "any"))
