"""The settings in force. The page chooses others, and another library brings its folder, at the same time maybe."""

from __future__ import annotations

import threading
from pathlib import Path

from rag.config import Config


class Current:
    """The settings in force. Neither change undoes the other, whichever thread it comes from."""

    def __init__(self, config: Config) -> None:
        self._changing = threading.Lock()
        self._config = config

    @property
    def config(self) -> Config:
        """All of them, as they are now."""
        return self._config

    def choose(self, config: Config) -> tuple[Config, Config]:
        """Take other settings but their folder, since another one may be open by now: those before and those now."""
        with self._changing:
            before = self._config
            self._config = config.model_copy(update={"articles": before.articles})
            return before, self._config

    def move(self, folder: Path) -> None:
        """Go on with another folder of articles and everything else as it is."""
        with self._changing:
            self._config = self._config.model_copy(update={"articles": folder})
