"""Errors as programs want them: a status, and one sentence in the form of the protocol that was spoken.

Knows the addresses of the protocols; knows no route, and loads nothing slow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rag.errors import ArticlesError, FootnoteError, LibraryError, ModelError, QuestionError, TooMany, WeightsError
from rag.ui.asking import BROKEN

API, CHAT, MCP = "/api/v1", "/v1", "/mcp"
"""Where the protocols are spoken: our own, OpenAI's, the Model Context Protocol."""
_KINDS = {400: "invalid_request_error", 401: "authentication_error", 403: "permission_error", 404: "not_found_error"}


def speaks(path: str) -> str | None:
    """The protocol that is spoken at an address, None where it is a page's."""
    return next((each for each in (API, CHAT, MCP) if path == each or path.startswith(f"{each}/")), None)


def body_of(path: str, status: int, sentence: str) -> dict[str, Any]:
    """An error in the form that is expected at ``path``."""
    protocol, said = speaks(path), sentence.strip()
    if protocol == CHAT:
        kind = _KINDS.get(status, "rate_limit_error" if status == 429 else "server_error")
        kind = "invalid_request_error" if status in (408, 413) else kind
        return {"error": {"message": said, "type": kind, "param": None, "code": None}}
    if protocol == MCP:
        return {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": said}}
    return {"error": said}


def status_of(error: BaseException | None) -> int:
    """The HTTP status of an error of ours; 500 where nobody foresaw it."""
    if isinstance(error, TooMany):
        return 429
    if isinstance(error, QuestionError):
        return 400
    if isinstance(error, ModelError):
        return 502
    if isinstance(error, LibraryError | ArticlesError | WeightsError) or type(error) is FootnoteError:
        return 503
    return 500


def sentence_of(error: BaseException) -> str:
    """What is told of an error: its own sentence where it is one of ours."""
    return str(error) if isinstance(error, FootnoteError) else BROKEN


def unfit(errors: Sequence[Any]) -> str:
    """What is wrong with a request, by the first thing that is; what was sent is not repeated."""
    first = errors[0] if errors else {"loc": (), "msg": "it cannot be read"}
    where = ".".join(str(step) for step in first["loc"] if step not in ("body", "query", "path"))[:200]
    if str(first.get("type", "")) == "json_invalid":
        return "The body is not valid JSON: send one JSON object."
    why = str(first["msg"]).removeprefix("Value error, ")
    told = why[:1].lower() + why[1:300]
    return f"The field {where} cannot be used: {told}." if where else f"The request cannot be used: {told}."
