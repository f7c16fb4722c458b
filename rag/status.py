"""How far things are: what is loaded, on its way, or went wrong. A frozen value; knows no page and no thread."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Status:
    """What the page and the terminal say while the library and the language model are on their way.

    ``ready``: questions can be answered (at least by extraction). ``model``: the language model in words for the
    reader, such as "Qwen2.5-Coder 1.5B, on this machine". ``phase``: one sentence on what is going on, "" when nothing
    is. ``progress``: the share done of that phase, 0 to 1, or None when it cannot be told. ``can_cancel``: a download
    runs that may be declined ("not now"). ``can_fetch``: a declined download may be started after all. ``articles``:
    how many the library holds. ``library``: its name. ``choosing``: example questions are still being tried. ``news``:
    what has changed in the folder of articles lately, "" when nothing has. ``notice``: where questions are sent, if the
    page chose it. ``problem``: what went wrong, one sentence, or None.
    """

    ready: bool = False
    model: str = ""
    model_ready: bool = False
    phase: str = ""
    progress: float | None = None
    can_cancel: bool = False
    can_fetch: bool = False
    articles: int = 0
    choosing: bool = False
    news: str = ""
    notice: str = ""
    problem: str | None = None
    library: str = ""


@dataclass(frozen=True, slots=True)
class Home:
    """Where the library that is asked has its files, and which hosts a link may lead to besides the web's."""

    articles: Path
    data: Path
    link_hosts: tuple[str, ...] = ()
