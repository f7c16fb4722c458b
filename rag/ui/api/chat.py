"""OpenAI's chat protocol under /v1, as far as a question needs it: one model, whose answers carry their citations.

The last message of the user is the question, what was said before is the history; instructions (system messages) are
not followed, for answers are made of the articles alone. Knows no route of our own API.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from rag.domain import Answer, Turn
from rag.errors import QuestionError
from rag.ui.api.errors import body_of, status_of
from rag.ui.api.http import client_of, heard, path_of, program_app, streamed
from rag.ui.api.replies import HEADERS, Json, as_json, refusal
from rag.ui.api.service import HISTORY_CHARACTERS, HISTORY_TURNS, Service, Unanswered, begun
from rag.ui.asking import Asking
from rag.ui.turns import body_text

MODEL = "footnote"
"""The one model there is, whatever is behind it."""
MOST_MESSAGES = 2000
DESCRIPTION = "The OpenAI chat protocol: point any client of it at this address, with any key if no password is set."


class PartIn(BaseModel):
    """A part of a message; only text can be read."""

    type: str = Field(max_length=40)
    text: str | None = None


class MessageIn(BaseModel):
    """A message of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | Annotated[list[PartIn], Field(max_length=100)] | None = None


class StreamOptions(BaseModel):
    """Whether the last chunk tells the numbers of tokens."""

    include_usage: bool = False


class CompletionIn(BaseModel):
    """A conversation. Whatever else OpenAI's clients send (temperature, tools ...) changes nothing."""

    messages: Annotated[list[MessageIn], Field(min_length=1, max_length=MOST_MESSAGES)]
    model: str = Field(default=MODEL, max_length=200, description="Any name; the answer is Footnote’s.")
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: Literal[1, None] = Field(default=None, description="Only one answer is given.")


def chat_app(service: Service) -> FastAPI:
    """The app to mount at /v1."""
    app = program_app("Footnote for OpenAI’s clients", DESCRIPTION, None)
    made = int(time.time())
    about = {"id": MODEL, "object": "model", "created": made, "owned_by": "footnote"}

    @app.get("/models", summary="List the models")
    async def models() -> Response:
        """The one model, “footnote”."""
        return Json({"object": "list", "data": [about]}, headers=HEADERS)

    @app.get("/models/{model}", summary="Describe a model")
    async def model(model: str, request: Request) -> Response:
        """What is known of “footnote”."""
        if model != MODEL:
            return refusal(path_of(request), 404, f"There is one model here, {MODEL}.")
        return Json(about, headers=HEADERS)

    @app.post("/chat/completions", summary="Answer the last question of a conversation")
    async def completions(asked: CompletionIn, request: Request) -> Response:
        """The last user message is the question, those before it and their answers the history; system messages are
        ignored. The message of the answer (when streamed, the delta of its last chunk) has “citations” with exact spans
        and “footnote”: outcome, sentences, disputes, what is missing."""
        question, turns = conversation(asked.messages)
        asking = service.asking(question, turns, client=client_of(request))
        reply = _Reply(service, asking)
        if asked.stream:
            usage = bool(asked.stream_options and asked.stream_options.include_usage)
            return await heard(request, asking, streamed(asking, reply.chunks(usage), "text/event-stream"))
        return Json(await heard(request, asking, reply.whole()), headers=HEADERS)

    return app


def conversation(messages: list[MessageIn]) -> tuple[str, list[Turn]]:
    """The question and the turns before it: as many of the newest as count, since clients send all there ever were.

    Raises:
        QuestionError: the conversation does not end with something that can be read as a question.
    """
    said = [(m.role, _text(m)) for m in messages if m.role in ("user", "assistant")]
    if not said or said[-1][0] != "user":
        raise QuestionError("The last message is not the user’s: end the messages with a question.")
    turns: list[Turn] = []
    asked: list[str] = []
    for role, text in said[:-1]:
        if role == "user":
            asked.append(text)
        elif asked:
            turns.append(Turn("\n".join(asked), text))
            asked = []
    question = "\n".join([*asked, said[-1][1]])
    return question, _newest(turns)


def _newest(turns: list[Turn]) -> list[Turn]:
    kept, size = [], 0
    for turn in reversed(turns[-HISTORY_TURNS:]):
        size += len(turn.question) + len(turn.answer)
        if size > HISTORY_CHARACTERS:
            break
        kept.append(turn)
    return kept[::-1]


def _text(message: MessageIn) -> str:
    if message.content is None or isinstance(message.content, str):
        return message.content or ""
    strange = next((part.type for part in message.content if part.type != "text" or part.text is None), None)
    if strange is not None:
        raise QuestionError(f"A part of a message has the type {strange!r}: only parts of text can be read.")
    return "\n".join(part.text or "" for part in message.content)


class _Reply:
    """One answer in the forms of the protocol."""

    def __init__(self, service: Service, asking: Asking) -> None:
        self._service, self._asking = service, asking
        self._about = {"id": f"chatcmpl-{secrets.token_hex(12)}", "created": int(time.time()), "model": MODEL}

    async def whole(self) -> dict[str, Any]:
        """A chat.completion.

        Raises:
            Unanswered: there is no answer.
        """
        last: Answer | None = None
        try:
            async for answer in self._asking:
                last = answer
        finally:
            self._asking.stop()
        if last is None or self._asking.failure:
            raise Unanswered(self._asking)
        message = {"role": "assistant", "content": self._said(last), "refusal": None, **self._extras(last)}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish(last)}
        return {**self._about, "object": "chat.completion", "choices": [choice], "usage": _usage(last)}

    async def chunks(self, with_usage: bool) -> AsyncIterator[bytes]:
        """chat.completion.chunks as events. What was sent stays: only what continues it follows."""
        sent, spoken, last = "", False, None
        async for last in begun(self._asking):
            if self._asking.failure:
                break
            if not spoken:
                yield self._event({"role": "assistant", "content": ""})
            spoken = True
            more = _continued(sent, self._said(last), last.done)
            yield self._event({"content": more}) if more else b": on its way\n\n"
            sent += more
        if last is None or self._asking.failure:
            failed = Unanswered(self._asking)
            yield _event(body_of("/v1", status_of(failed.cause), str(failed)))
        else:
            yield self._event(self._extras(last), _finish(last))
            if with_usage:
                yield _event({**self._about, "object": _CHUNK, "choices": [], "usage": _usage(last)})
        yield b"data: [DONE]\n\n"

    def _event(self, delta: dict[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _event({**self._about, "object": _CHUNK, "choices": [choice]})

    def _said(self, answer: Answer) -> str:
        """The text with its numbers; a model that failed is told, for a chat shows nothing else."""
        text = body_text(answer, self._service.lookup)
        return f"{text}\n\n({answer.error})".strip() if answer.error and answer.done else text

    def _extras(self, answer: Answer) -> dict[str, Any]:
        """What the protocol has no word for."""
        whole = answer.to_json()
        kept = ("kind", "outcome", "refused", "confidence", "sentences", "sections", "disputes", "missing", "searched")
        told = {name: whole[name] for name in (*kept, "model", "timings", "changed", "error", "stopped")}
        return {"citations": [self._service.cited(each) for each in answer.citations], "footnote": told}


_CHUNK = "chat.completion.chunk"


def _continued(sent: str, text: str, done: bool) -> str:
    """What follows ``sent``: nothing while a text does not continue it; at the end the text anew, and that it is so."""
    if text.startswith(sent):
        return text[len(sent) :]
    return f"\n\nCorrected: {text}" if done else ""


def _finish(answer: Answer) -> str:
    return "length" if answer.stopped else "stop"


def _usage(answer: Answer) -> dict[str, Any]:
    read, written = answer.prompt_tokens or 0, answer.answer_tokens or 0
    cached = {"cached_tokens": answer.cached_tokens or 0}
    return {
        "prompt_tokens": read,
        "completion_tokens": written,
        "total_tokens": read + written,
        "prompt_tokens_details": cached,
    }


def _event(value: Any) -> bytes:
    return b"data: " + as_json(value) + b"\n\n"
