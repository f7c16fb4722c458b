"""A language model behind an OpenAI-compatible address. Knows the chat client and what a failing address looks like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from rag.errors import ModelError
from rag.models.base import Chunk, Message
from rag.models.chat import Chat, stream_in_line
from rag.models.line import Line

if TYPE_CHECKING:
    from llama_index.llms.openai_like import OpenAILike  # type: ignore[import-untyped]

SEATS = 4
"""Requests that run at the same time; more wait in line."""
_CONNECT_SECONDS = 5.0
_SILENCE_SECONDS = 60.0
_RETRIES = 2


def estimate_tokens(text: str) -> int:
    """About how many tokens a text has: a token is about four bytes of UTF-8 in the common vocabularies."""
    return (len(text.encode("utf-8", "replace")) + 3) // 4


class HostedModel:
    """An OpenAI-compatible endpoint. See ``LanguageModel`` for the contract."""

    local = False

    def __init__(self, url: str, name: str, key: str | None = None) -> None:
        """Note where to ask; nothing is sent before the first question.

        Args:
            url: the endpoint's base URL, such as ``https://host/v1``.
            name: the model's name there.
            key: the key, if it wants one; never shown in any message.
        """
        self.name = name
        self._url = url
        self._key = key
        self._shown_url = shown_url(url)
        self._line = Line(SEATS)
        self._chat = Chat(lambda messages: (self._client, messages), self._explain)

    def count_tokens(self, text: str) -> int:
        """About how many tokens ``text`` has."""
        return estimate_tokens(text)

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[Chunk]:
        """See ``LanguageModel.stream``."""
        return stream_in_line(self._line, self._chat, messages, max_tokens)

    def warm(self, prefix: Sequence[Message]) -> None:
        """Import the client library, so that the first question need not wait for it.

        Nothing is sent: a hosted model keeps its own cache, and a request costs money.
        """
        _ = self._client

    def close(self) -> None:
        """Do nothing: there is nothing of ours to free."""

    @cached_property
    def _client(self) -> OpenAILike:
        import httpx
        from llama_index.llms.openai_like import OpenAILike

        return OpenAILike(
            model=self.name,
            api_base=self._url,
            api_key=self._key or "none",
            is_chat_model=True,
            temperature=0.0,
            max_retries=_RETRIES,
            additional_kwargs={
                "stream_options": {"include_usage": True},
                "timeout": httpx.Timeout(_SILENCE_SECONDS, connect=_CONNECT_SECONDS),
            },
        )

    def _explain(self, error: Exception) -> ModelError:
        seen, advice = _diagnosis(error, self.name)
        if self._key:
            seen = seen.replace(self._key, "...")
        return ModelError(f"The hosted model at {self._shown_url} {seen}: {advice}.")


def _diagnosis(error: Exception, name: str) -> tuple[str, str]:
    """What was seen, and what to do about it."""
    import openai

    match error:
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            return f"refused the key ({error.status_code})", "check FOOTNOTE_LLM_API_KEY"
        case openai.NotFoundError():
            return (
                f"does not know the model {name} or has no chat there (404)",
                "check FOOTNOTE_LLM_MODEL and FOOTNOTE_LLM_URL, which usually ends in /v1",
            )
        case openai.RateLimitError():
            return "has had too many requests (429)", "wait a little, or check the account's limits"
        case openai.APITimeoutError():
            return "did not answer in time", "check that it runs and can be reached from here"
        case openai.APIConnectionError():
            return f"cannot be reached ({error.__cause__ or error})", "check FOOTNOTE_LLM_URL and the network"
        case openai.APIStatusError():
            return f"answered {error.status_code} ({error.message[:200]})", "check the model's settings, or ask again"
    return f"failed ({error})", "ask again"


def shown_url(url: str) -> str:
    """``url`` as it may be shown: without a user, a password or a query, which may hold a key."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=""))
