"""Files, texts and links -> articles in the folder, and out of it again. Knows files and the network, no page."""

from rag.adding.fetching import Fetched, Fetcher
from rag.adding.holding import Holding, Preview, preview_of
from rag.adding.keeping import Kept, keep, sweep
from rag.adding.names import MOST_DEPTH, refusal
from rag.adding.pasting import keep_page, paste
from rag.adding.trash import KEPT_DAYS, Removed, empty_trash, remove, removed, restore

__all__ = [
    "KEPT_DAYS",
    "MOST_DEPTH",
    "Fetched",
    "Fetcher",
    "Holding",
    "Kept",
    "Preview",
    "Removed",
    "empty_trash",
    "keep",
    "keep_page",
    "paste",
    "preview_of",
    "refusal",
    "remove",
    "removed",
    "restore",
    "sweep",
]
