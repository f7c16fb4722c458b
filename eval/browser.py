"""The system's Chromium, for whatever looks at the page as its reader does (wants ``requirements-dev.txt``)."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from rag.errors import FootnoteError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str | None:
    """Where the system's Chromium is; None without one."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


def launch(playwright: Playwright) -> Browser:
    """A browser that asks nothing of anybody by itself.

    Raises:
        FootnoteError: there is none.
    """
    path = chromium()
    if path is None:
        raise FootnoteError("No Chromium on the path: install one (Debian: apt-get install chromium), then try again.")
    return playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
