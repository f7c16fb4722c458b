"""The command line without real weights, one command after the other: python -m tests.promises.scripted_rag COMMANDS.

``COMMANDS`` is a JSON list of lists of arguments. ``DONE`` follows each, so that a test can tell them apart.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress

from rag import loading
from rag.__main__ import main
from rag.models import HashEmbedder, WordReader

DONE = "-- done --"


def run(commands: list[list[str]]) -> None:
    """Each command as its own command line would run it."""
    loading.is_present = lambda *_: True
    loading.load_embedder = lambda *_: HashEmbedder(384)  # type: ignore[assignment,return-value]
    loading.load_reader = WordReader  # type: ignore[assignment]
    for command in commands:
        sys.argv = ["rag", *command]
        with suppress(SystemExit):
            main()
        sys.stderr.flush()
        print(DONE, flush=True)


if __name__ == "__main__":
    run(json.loads(sys.argv[1]))
