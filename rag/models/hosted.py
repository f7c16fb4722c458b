"""A language model behind an OpenAI-compatible address. Knows the chat client and what a failing address looks like."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING

from rag.errors import ModelError
from rag.models.base import Chunk, Message
from rag.models.chat import Chat, SaidNothing, stream_in_line
from rag.models.line import Line
from rag.secrets import Redactor, password_of, secrets_of, shown_url

if TYPE_CHECKING:
    from llama_index.llms.openai_like import OpenAILike  # type: ignore[import-untyped]

SEATS = 4
"""Requests that run at the same time; more wait in line."""
_SILENCE_SECONDS = 60.0
REPLY_SECONDS = 120.0
"""For a whole reply, however often it is tried; ``FOOTNOTE_HOSTED_SECONDS`` sets another."""
_RETRIES = 2
_PATIENCE_SECONDS = 20.0
"""Who asks to wait for longer is not waited for: the answer is made without the model, and says so."""
_LONGEST_REST = 3600.0
"""No endpoint is left alone for longer, whatever it asks for."""
_SEEN_CHARS = 200

Clean = Callable[[object], str]


def estimate_tokens(text: str) -> int:
    """About how many tokens a text has: a token is about four bytes of UTF-8 in the common vocabularies."""
    return (len(text.encode("utf-8", "replace")) + 3) // 4


class HostedModel:
    """An OpenAI-compatible endpoint. See ``LanguageModel`` for the contract."""

    local = False

    def __init__(self, url: str, name: str, key: str | None = None, *, seconds: float = REPLY_SECONDS) -> None:
        """Note where to ask; nothing is sent before the first question.

        Args:
            url: the endpoint's base URL, such as ``https://host/v1``.
            name: the model's name there.
            key: the key, if it wants one; never shown in any message.
            seconds: for a whole reply.
        """
        self.name = name
        self._url = url
        self._key = key
        self._seconds = seconds
        self._shown_url = shown_url(url)
        self._without_key = Redactor([key, *password_of(url)])
        self._without_secrets = Redactor([key, *secrets_of(url)])
        self._rests_until = 0.0
        self._line = Line(SEATS)
        self._chat = Chat(self._prepare, self._explain, seconds, self._again)

    def count_tokens(self, text: str) -> int:
        """About how many tokens ``text`` has."""
        return estimate_tokens(text)

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[Chunk]:
        """See ``LanguageModel.stream``. Should the endpoint say our key back to us, that does not get any further."""
        with closing(stream_in_line(self._line, self._chat, messages, max_tokens)) as chunks:  # type: ignore[type-var]
            yield from redacted(chunks, self._without_key)

    def warm(self, prefix: Sequence[Message]) -> None:
        """Import the client library, so that the first question need not wait for it.

        Nothing is sent: a hosted model keeps its own cache, and a request costs money.
        """
        _ = self._client

    def close(self) -> None:
        """Do nothing: there is nothing of ours to free."""

    @cached_property
    def _client(self) -> OpenAILike:
        from llama_index.llms.openai_like import OpenAILike

        from rag.models import guard

        return OpenAILike(
            model=self.name,
            api_base=self._url,
            api_key=self._key or "none",
            is_chat_model=True,
            temperature=0.0,
            timeout=_SILENCE_SECONDS,
            max_retries=0,  # Ours know of deadlines.
            async_http_client=guard.client(_SILENCE_SECONDS),
            additional_kwargs={"stream_options": {"include_usage": True}},
        )

    def _prepare(self, messages: Sequence[Message]) -> tuple[OpenAILike, Sequence[Message]]:
        rest = self._rests_until - time.monotonic()
        if rest > 0:
            raise ModelError(
                f"The hosted model at {self._shown_url} has asked not to be asked for another {rest:,.0f} s (429): "
                "wait, or check the account's limits."
            )
        return self._client, messages

    def _again(self, error: Exception, attempt: int) -> float | None:
        """After how many seconds to try again what may go better then."""
        import openai

        passing = (openai.APIConnectionError, openai.RateLimitError, openai.InternalServerError)
        if not isinstance(error, passing):
            return None
        rest = _rest_of(error)
        if rest is not None:
            self._rests_until = time.monotonic() + min(rest, _LONGEST_REST)
        wait = rest if rest is not None else 0.5 * 2 ** (attempt - 1)
        return wait if attempt <= _RETRIES and wait <= min(_PATIENCE_SECONDS, self._seconds) else None

    def _explain(self, error: Exception) -> ModelError:
        def clean(seen: object) -> str:
            """In one line and without secrets; cut only then, since the rest of a key is not recognised any more."""
            return " ".join(self._without_secrets(str(seen)).split())[:_SEEN_CHARS]

        seen, advice = self._diagnosis(error, clean)
        return ModelError(f"The hosted model at {self._shown_url} {seen}: {advice}.")

    def _diagnosis(self, error: Exception, clean: Clean) -> tuple[str, str]:
        """What was seen, and what to do about it."""
        import openai

        match error:
            case SaidNothing():
                return "sent no words", "check FOOTNOTE_LLM_URL, which usually ends in /v1, or ask again"
            case TimeoutError():
                return f"took longer than {self._seconds:g} s", "ask again, or set FOOTNOTE_HOSTED_SECONDS"
            case openai.AuthenticationError() | openai.PermissionDeniedError():
                return f"refused the key ({error.status_code})", "check FOOTNOTE_LLM_API_KEY"
            case openai.NotFoundError():
                return (
                    f"does not know the model {clean(self.name)} or has no chat there (404)",
                    "check FOOTNOTE_LLM_MODEL and FOOTNOTE_LLM_URL, which usually ends in /v1",
                )
            case openai.RateLimitError():
                return f"has had too many requests (429{_asked_to_rest(error)})", "wait, or check the account's limits"
            case openai.APITimeoutError():
                return "did not answer in time", "check that it runs and can be reached from here"
            case openai.APIConnectionError():
                return (
                    f"cannot be reached ({clean(error.__cause__ or error)})",
                    "check FOOTNOTE_LLM_URL and the network",
                )
            case openai.APIStatusError():
                return f"answered {error.status_code} ({clean(error.message)})", "check its settings, or ask again"
            case openai.APIError():
                return f"reported an error ({clean(error.message)})", "ask again"
        return f"sent what is no whole reply ({clean(error) or type(error).__name__})", "ask again"


def redacted(chunks: Iterator[Chunk], redact: Redactor) -> Iterator[Chunk]:
    """The chunks without the secret that ``redact`` knows, also where it comes in several of them."""
    held = ""
    for chunk in chunks:
        text = held + chunk.text
        keep = redact.unfinished(text) if chunk.usage is None else 0
        held = text[len(text) - keep :]
        yield replace(chunk, text=redact(text[: len(text) - keep])) if text else chunk


def _rest_of(error: Exception) -> float | None:
    """For how many seconds the endpoint asks to be left alone (``Retry-After``: seconds or a date); None: not said."""
    headers = getattr(getattr(error, "response", None), "headers", {})
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return float(said[:9])
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, IndexError):
        return None


def _asked_to_rest(error: Exception) -> str:
    rest = _rest_of(error)
    return "" if rest is None else f", asks to wait {min(rest, _LONGEST_REST):,.0f} s"
