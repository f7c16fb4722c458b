"""Replies to programs: JSON, and errors in the form of the protocol that was spoken. Knows no route."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from rag.ui.api.errors import body_of

RETRY_SECONDS = 30
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Json(Response):
    """JSON in ASCII: characters that turn text around or move a terminal's cursor come as escapes."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return as_json(content)


def as_json(content: Any) -> bytes:
    """A value as one line of JSON."""
    return json.dumps(content, separators=(",", ":"), allow_nan=False).encode()


def refusal(path: str, status: int, sentence: str, headers: Mapping[str, str] | None = None) -> Response:
    """A whole reply that says what went wrong."""
    late = {"Retry-After": str(RETRY_SECONDS)} if status in (429, 503) else {}
    return Json(body_of(path, status, sentence), status, {**HEADERS, **late, **(headers or {})})
