"""The child process with llama.cpp in it, seen from outside: start, ask its loopback address, end.

Knows llama.cpp's HTTP interface (tools/server/README.md of ggml-org/llama.cpp) and no chat client.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from rag.errors import ModelError
from rag.models.base import Message
from rag.secrets import environment_for_children

if TYPE_CHECKING:
    import httpx

CONTEXT_TOKENS = 4096
_CLOSED = "The language model has been closed: start Footnote again."
_CHILD = Path(__file__).with_name("llama_child.py")
READ_SECONDS = 600.0
"""For reading a prompt, also on a machine ten times slower than ours."""
_QUICK_SECONDS = 10.0
_END_SECONDS = 2.0
_DEATH_SECONDS = 0.3
_LOAD_SECONDS = 600.0
"""For loading the model: a gigabyte from a slow disk takes minutes, and nothing takes longer."""
_LOOK_SECONDS = 5.0
"""How often it is looked whether a child that works for somebody is well."""
_ANSWER_SECONDS = 10.0
_LOOKS = 2
"""A child that does not say in so many looks, one after the other, that it is well is hung and is killed. It says so
from a thread of its own, also while it computes, so a slow machine is not taken for a hung one."""


def _always() -> bool:
    return True


class Llama:
    """A llama.cpp server of our own. ``url`` and ``key`` are valid while it runs; a restart changes them."""

    def __init__(self, weights: Path, threads: int, slots: Path, busy: Callable[[], bool] = _always) -> None:
        """``busy``: whether anybody waits for it; only then it is looked whether it is well."""
        self.weights = weights
        self.hung = False
        """Whether the last child did not respond any more, and was killed for it."""
        self._busy = busy
        self.url = ""
        self.key = ""
        self._threads = threads
        self._slots = slots
        self._lock = threading.Lock()
        self._closed = False
        self._child: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        self._client: httpx.Client | None = None

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._child is not None and self._child.poll() is None

    def has_died(self) -> bool:
        """Whether the process has ended; waits a little, since its connections end before it does."""
        if self._child is None:
            return True
        with suppress(subprocess.TimeoutExpired):
            self._child.wait(_DEATH_SECONDS)
        return not self.alive

    def obituary(self) -> ModelError:
        """What is told of a process that has ended."""
        if self.hung:
            return ModelError(
                "The language model on this machine did not respond any more and was ended: "
                "it is started again for the next question."
            )
        return ModelError("The language model on this machine stopped, maybe for want of memory: ask again.")

    @property
    def closed(self) -> bool:
        """Whether ``close`` has been called; then nothing starts it again."""
        return self._closed

    def start(self) -> bool:
        """Make sure that it runs; True when it had to be started. Takes seconds: the model is loaded.

        Raises:
            ModelError: the model cannot be loaded, or ``close`` has been called.
        """
        with self._lock:
            if self._closed:
                raise ModelError(_CLOSED)
            if self.alive:
                return False
            self._launch()
            return True

    def _launch(self) -> None:
        import httpx

        self.hung = False
        self.key = secrets.token_urlsafe(24)  # Other users of this machine can reach a loopback address, too.
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 -- it lives as long as the child
        self._child = subprocess.Popen(
            [sys.executable, "-P", str(_CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=environment_for_children(),
        )
        settings = {
            "model": str(self.weights),
            "key": self.key,
            "threads": self._threads,
            "context": CONTEXT_TOKENS,
            "slots": str(self._slots),
        }
        said = _converse(self._child, settings)
        if self._closed:  # While it was loading.
            self._end()
            raise ModelError(_CLOSED)
        if "url" not in said:
            reason = self._last_words()
            self._end()
            raise ModelError(f"{self.weights} cannot be loaded ({reason}): choose another model, or fetch it again.")
        self.url = said["url"]
        self._client = httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {self.key}"}, timeout=_QUICK_SECONDS, trust_env=False
        )
        threading.Thread(target=self._watch, args=(self._child, self._client), name="watch", daemon=True).start()

    def _watch(self, child: subprocess.Popen[bytes], client: httpx.Client) -> None:
        """Look after the child until it ends."""
        missed = 0
        while True:
            try:
                child.wait(_LOOK_SECONDS)
                return
            except subprocess.TimeoutExpired:
                missed = missed + 1 if self._busy() and not _is_well(client) else 0
            if missed >= _LOOKS:
                self.kill(child)

    def kill(self, child: subprocess.Popen[bytes] | None = None) -> None:
        """End a child that does not respond; whoever waits for it hears so at once, and the next one starts another."""
        child = child or self._child
        if child is not None and child is self._child and child.poll() is None:
            self.hung = True
            child.kill()

    def _last_words(self) -> str:
        """Why llama.cpp gave up, from its log: the first error is the cause, the others follow from it."""
        if self._log is None:
            return "it said nothing"
        self._log.seek(0)
        errors = [line for line in self._log.read().decode(errors="replace").splitlines() if " E " in line]
        code = self._child.wait(_END_SECONDS) if self._child and not errors else None
        return errors[0].rpartition(": ")[2] if errors else f"llama.cpp ended with code {code}"

    def count(self, text: str, *, special: bool = False) -> int:
        """Tokens of ``text``; ``special``: read control tokens such as ``<|im_end|>`` as what they are."""
        reply = self._post("/tokenize", {"content": text, "parse_special": special}, quick=True)
        return len(reply["tokens"])

    def render(self, messages: Sequence[Message]) -> str:
        """The prompt text that the model's own chat template makes of ``messages``."""
        asked = [{"role": message.role, "content": message.content} for message in messages]
        return str(self._post("/apply-template", {"messages": asked}, quick=True)["prompt"])

    def read(self, prompt: str) -> None:
        """Read a prompt into the cache, so that prompts which begin with it need not."""
        self._post("/completion", {"prompt": prompt, "n_predict": 0, "cache_prompt": True}, timeout=READ_SECONDS)

    def save(self, name: str) -> None:
        """Write the cache to the file ``name`` below the slots folder."""
        self._post("/slots/0?action=save", {"filename": name})

    def restore(self, name: str) -> int:
        """Read the cache from a saved file; returns how many tokens it holds."""
        return int(self._post("/slots/0?action=restore", {"filename": name})["n_restored"])

    def _post(self, path: str, body: dict[str, Any], timeout: float | None = None, *, quick: bool = False) -> Any:
        """What the child answers. One that does not even answer what is ``quick``, and needs no model, is hung."""
        import httpx

        if self._client is None:
            raise ModelError("The language model is not running: ask again to start it.")
        try:
            reply = self._client.post(path, json=body, timeout=timeout or _QUICK_SECONDS)
            reply.raise_for_status()
            return reply.json()
        except (httpx.HTTPError, ValueError) as error:
            if quick and isinstance(error, httpx.TimeoutException):
                self.kill()
            if self.has_died():
                raise self.obituary() from error
            raise ModelError(f"The language model on this machine did not do what it should ({error}).") from error

    def close(self) -> None:
        """End the process. Safe to call twice, and while a request is under way."""
        self._closed = True
        self._end()

    def _end(self) -> None:
        child = self._child
        if child is None:
            return
        if child.stdin:
            child.stdin.close()
        try:
            child.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        for pipe in (child.stdout, self._log):
            if pipe:
                pipe.close()


def _is_well(client: httpx.Client) -> bool:
    import httpx

    try:
        return client.get("/health", timeout=_ANSWER_SECONDS).is_success
    except httpx.HTTPError:
        return False


def _converse(child: subprocess.Popen[bytes], settings: dict[str, Any]) -> dict[str, str]:
    """Tell the child its settings and hear where it serves; {} when it dies before, or does not load in time."""
    assert child.stdin is not None
    assert child.stdout is not None
    late = threading.Timer(_LOAD_SECONDS, child.kill)
    late.daemon = True
    late.start()
    try:
        child.stdin.write(json.dumps(settings).encode() + os.linesep.encode())
        child.stdin.flush()
        return dict(json.loads(child.stdout.readline()))
    except (OSError, ValueError):
        return {}
    finally:
        late.cancel()
