"""A child process with llama.cpp in it: reads its settings from standard input, serves on loopback until that closes.

A process of its own for four reasons: loading a model in process holds Python's lock for seconds, in which no page is
served; the child can be nicer to the rest of the machine; a crash in native code does not take the page along; and it
ends the moment its parent ends, however that happens. Run as a file: it knows nothing of the rest of the house.

One JSON line in: {"model", "key", "threads", "context", "slots"}. One JSON line out: {"url"} or {"error"}.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

BATCH = 48
"""Tokens read at a time. A stop takes effect between two batches, so this bounds how long it takes. Measured on two
cores: 64 reads 5 % faster and stops 1 s later on a busy machine; 512 reads 19 % faster and stops after 6 to 12 s."""
PROMPT_CACHE_MIB = 256
"""Memory for prompts other than the last one, so that a long one in between does not cost the fixed prefix."""
NICENESS = 2
"""Below the page and the search, which need the processor for milliseconds where the model needs it for seconds."""


def parameters(settings: dict[str, Any]) -> Any:
    """The settings as llama.cpp's own parameters."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = settings["model"]
    params.hostnames = ["127.0.0.1"]
    params.port = 0  # Any free one.
    params.api_keys = [settings["key"]]
    params.cors_origins = ""
    params.ui = False
    params.n_ctx = settings["context"]
    params.n_parallel = 1
    params.n_batch = params.n_ubatch = BATCH
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = settings["threads"]
    params.cache_ram_mib = PROMPT_CACHE_MIB
    params.slot_save_path = os.path.join(settings["slots"], "")
    params.verbosity = 1  # Errors only.
    return params


def end_with_parent() -> None:
    """Let the kernel end this process when the pipe to our parent closes (Linux; elsewhere ``main`` sees it later).

    Loading a model holds Python's lock for seconds, in which no Python code could notice.
    """
    if sys.platform == "linux":
        import fcntl

        fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_ASYNC)  # SIGIO ends a process by default.


def main() -> None:
    """Serve until standard input closes, then end at once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; our parent decides.
    settings = json.loads(sys.stdin.readline())
    end_with_parent()
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    try:
        import xllamacpp

        server = xllamacpp.Server(parameters(settings))
    except Exception as error:
        print(json.dumps({"error": str(error)}), flush=True)
        return
    print(json.dumps({"url": server.listening_address}), flush=True)
    sys.stdin.read()
    os._exit(0)  # Nothing to save, and llama.cpp may be in the middle of a batch.


if __name__ == "__main__":
    main()
