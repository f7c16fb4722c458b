"""Has a file taken apart by a child process (``child.py``), so that no file can take this one's time or memory.

Parsers of PDF and RTF do work that is not in proportion to the file, whoever wrote them. Knows no format.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

from rag.errors import UnreadableFile
from rag.secrets import environment_for_children

MAX_PAGES = 2_000
MEGABYTES = 1_000
"""Memory of the child; some hundred do for a book of a thousand pages."""
_CHILD = Path(__file__).with_name("child.py")
_SECONDS, _SECONDS_PER_MB, _MAX_SECONDS = 20, 20, 120
"""Of one core; a page of print takes a twentieth of a second and has some kilobytes."""
_PATIENCE = 4
"""How many times as long it may take by the clock, on a busy machine."""

_WORDS = {
    "encrypted": "encrypted: it opens with a password only; save a copy without one.",
    "broken": "a broken PDF: its parts cannot be found; open it in a viewer and save it anew.",
    "pages": f"more than {MAX_PAGES:,} pages, and {MAX_PAGES:,} is the limit; split it into smaller files.",
    "memory": f"it asks for more than {MEGABYTES:,} MB of memory; save its text as .txt, in smaller files.",
}


def take_apart(kind: Literal["pdf", "rtf"], data: bytes) -> dict[str, Any]:
    """What the child found in a file of this kind.

    Raises:
        UnreadableFile: what is wrong with the file, or that it took too long.
    """
    seconds = min(_MAX_SECONDS, _SECONDS + _SECONDS_PER_MB * len(data) // 1_000_000)
    # -I: neither the working folder nor the environment decides what is imported.
    command = [sys.executable, "-I", str(_CHILD), kind, str(seconds), str(MEGABYTES), str(MAX_PAGES)]
    try:
        done = subprocess.run(
            command,
            input=data,
            capture_output=True,
            timeout=seconds * _PATIENCE,
            env=environment_for_children(),
            check=False,
        )
        found = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):  # ended by the system at its bound: nothing was told
        raise UnreadableFile(f"it takes more than {seconds} s to read; save its text as .txt.") from None
    if error := found.get("error"):
        words = f"it cannot be read ({found.get('what')}); save its text as .txt."
        raise UnreadableFile(_WORDS.get(error, words))
    return dict(found)
