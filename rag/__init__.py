"""Footnote's front door: the public names, nothing else. Rooms inside import each other, never this.

from rag import Assistant, complete, load_config

with Assistant(load_config(articles="seeds", model="none")) as assistant:
    assistant.load()
    print(complete(assistant.ask("Who met whom?")).text)
"""

from rag.assistant import Assistant, complete
from rag.config import Config, load_config
from rag.domain import Answer, Article, Citation, Evidence, Hit, Passage, SyncReport, Turn
from rag.errors import FootnoteError

__all__ = [
    "Answer",
    "Article",
    "Assistant",
    "Citation",
    "Config",
    "Evidence",
    "FootnoteError",
    "Hit",
    "Passage",
    "SyncReport",
    "Turn",
    "complete",
    "load_config",
]
