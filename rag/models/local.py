"""A language model on this machine: one caller at a time, in a fair line, with the fixed prefix kept in its cache.

Knows the child process and the chat client; knows nothing of what is asked.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import ModelError
from rag.models.base import Chunk, Message
from rag.models.chat import Chat, SaidNothing, stream_in_line, well_formed
from rag.models.hosted import estimate_tokens
from rag.models.line import Line
from rag.models.llama import CONTEXT_TOKENS, Llama

if TYPE_CHECKING:
    from llama_index.llms.openai_like import OpenAILike  # type: ignore[import-untyped]

KEPT_PREFIXES = 4
"""Saved prefixes that are kept (about 20 MB each for the default model); older ones are removed."""
ALTERNATIVES = 20
"""How many likely first tokens are told, with their probabilities: how sure the model is of its verdict."""
REPLY_SECONDS = 600.0
"""For reading a prompt and replying. Silence while a slow machine reads is no failure, and whether the child is well is
looked after otherwise (``Llama``); this is for a child that says it is, and yet does not come to an end."""


class LocalModel:
    """A GGUF model in a child process with llama.cpp. See ``LanguageModel`` for the contract."""

    local = True

    def __init__(self, weights: Path, identity: str, *, threads: int, cache: Path) -> None:
        """Load the model (seconds).

        Args:
            weights: the .gguf file.
            identity: names its exact bytes, for the saved prefixes.
            threads: threads for llama.cpp.
            cache: folder for the saved prefixes; made when missing.

        Raises:
            ModelError: it cannot be loaded.
        """
        self.name = weights.stem
        self._identity = identity
        self._slots = _writable(cache)
        self._line = Line(seats=1)
        self._llama = Llama(weights, threads, self._slots, busy=lambda: bool(self._line.tickets))
        self._chat = Chat(self._prepare, self._explain, REPLY_SECONDS)
        self._client: tuple[str, OpenAILike] | None = None
        self._prefix = ""
        self._count = lru_cache(maxsize=4096)(self._llama.count)
        importing = threading.Thread(target=_import_client, daemon=True)
        importing.start()  # Three seconds that would else be the first question's, while the child loads for as long.
        self._llama.start()
        importing.join()

    def count_tokens(self, text: str) -> int:
        """Tokens of ``text`` by the model's own vocabulary (an estimate should the model have died)."""
        text = well_formed(text)
        try:
            return self._count(text)
        except ModelError:
            return estimate_tokens(text)

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[Chunk]:
        """See ``LanguageModel.stream``. Waiting callers hear their place in the line."""
        with closing(stream_in_line(self._line, self._chat, messages, max_tokens)) as chunks:  # type: ignore[type-var]
            for chunk in chunks:
                if chunk.cut and self._llama.has_died():  # Its connection ends as if all had been said.
                    raise self._llama.obituary()
                yield chunk

    def warm(self, prefix: Sequence[Message]) -> None:
        """Read the fixed prefix, or restore it from the file that an earlier start has left.

        Raises:
            ModelError: the model failed.
        """
        with self._line.turn():
            try:
                self._llama.start()
                self._prefix = self._common_beginning(self._harmless(prefix))
                self._restore_or_read()
            except ModelError:
                if not self._llama.closed:  # Closed while it read: nobody waits for it any more.
                    raise

    def close(self) -> None:
        """End the child process. Safe to call twice."""
        self._llama.close()

    def _prepare(self, messages: Sequence[Message]) -> tuple[OpenAILike, Sequence[Message]]:
        """The client for the running child, started again with its prefix should it have died; harmless messages."""
        if self._llama.start() and self._prefix:
            self._restore_or_read()
        if self._client is None or self._client[0] != self._llama.url:
            self._client = (self._llama.url, _client_for(self._llama, self.name))
        return self._client[1], self._harmless(messages)

    def _explain(self, error: Exception) -> ModelError:
        if isinstance(error, TimeoutError):
            self._llama.kill()
        if self._llama.has_died():
            return self._llama.obituary()
        if isinstance(error, SaidNothing):
            return ModelError("The language model on this machine said nothing: ask again, or in other words.")
        if "context" in str(error):
            return ModelError(
                f"The question and its evidence do not fit into the {CONTEXT_TOKENS} tokens that the model reads: "
                "ask a shorter question, or lower FOOTNOTE_EVIDENCE_TOKENS."
            )
        return ModelError(f"The language model on this machine failed ({error}): ask again.")

    # -- the prefix ----------------------------------------------------------------------------------------------------

    def _common_beginning(self, prefix: Sequence[Message]) -> str:
        """The prompt text that every prompt beginning with ``prefix`` has in common, whatever is asked after it.

        Two renderings that differ from the question's first character on tell where that text ends, for any template.
        """
        endings = (Message("user", "A"), Message("user", "0"))
        return os.path.commonprefix([self._llama.render([*prefix, ending]) for ending in endings])  # noqa: RUF071 -- letters are meant

    def _restore_or_read(self) -> None:
        key = "\0".join((self._identity, version("xllamacpp"), str(CONTEXT_TOKENS), self._prefix))
        file = self._slots / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.kv"
        if file.is_file() and self._restored(file):
            return
        self._llama.read(self._prefix)
        with suppress(OSError, ModelError):  # A full disk costs the next start some seconds, no more.
            draft = f"{file.stem}.{os.getpid()}.new"
            self._llama.save(draft)
            os.replace(self._slots / draft, file)
            _keep_newest(self._slots, KEPT_PREFIXES)

    def _restored(self, file: Path) -> bool:
        try:
            if self._llama.restore(file.name) == self._llama.count(self._prefix, special=True):
                with suppress(OSError):  # The file may be somebody else's: then they keep count of its use.
                    os.utime(file)
                return True
        except ModelError:
            if self._llama.has_died():
                raise
        with suppress(OSError):
            file.unlink()
        return False

    # -- text ----------------------------------------------------------------------------------------------------------

    def _harmless(self, messages: Sequence[Message]) -> list[Message]:
        return [Message(message.role, self._without_control(well_formed(message.content))) for message in messages]

    def _without_control(self, text: str) -> str:
        """``text`` with control tokens such as ``<|im_end|>`` broken up, so that no article can end its message."""
        if self._count(text) == self._count(text, special=True):
            return text
        return text.replace("<", "< ").replace("[", "[ ")


def _import_client() -> None:
    importlib.import_module("llama_index.llms.openai_like")


def _client_for(llama: Llama, name: str) -> OpenAILike:
    import httpx
    from llama_index.llms.openai_like import OpenAILike

    return OpenAILike(
        model=name,
        api_base=f"{llama.url}/v1",
        api_key=llama.key,
        is_chat_model=True,
        temperature=0.0,
        timeout=REPLY_SECONDS,
        max_retries=0,
        async_http_client=httpx.AsyncClient(trust_env=False),  # No proxy stands between us and ourselves.
        additional_kwargs={
            "stream_options": {"include_usage": True},
            "logprobs": True,
            "top_logprobs": ALTERNATIVES,
            "extra_body": {"cache_prompt": True},
        },
    )


def _writable(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return folder
    except OSError:
        return Path(tempfile.mkdtemp(prefix="footnote-"))


def _keep_newest(folder: Path, count: int) -> None:
    files = sorted(folder.glob("*.kv"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in files[count:]:
        file.unlink(missing_ok=True)
