"""A language model that questions share and that may be exchanged meanwhile. Knows no settings and loads nothing."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from rag.models.base import LanguageModel


class Lending:
    """Lends the model in use. One that has been exchanged is closed when the last question that has it is done."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._model: LanguageModel | None = None
        self._lent: Counter[int] = Counter()
        self._retired: dict[int, LanguageModel] = {}

    @property
    def model(self) -> LanguageModel | None:
        """The model in use, None while there is none."""
        return self._model

    @contextmanager
    def lend(self) -> Iterator[LanguageModel | None]:
        """The model, for one question: it stays open until that is done, whatever is put in its place."""
        with self._changed:
            model = self._model
            self._lent[id(model)] += 1
        try:
            yield model
        finally:
            with self._changed:
                self._lent[id(model)] -= 1
            self._close_idle()

    def put(self, model: LanguageModel | None) -> None:
        """Let ``model`` be the one from now on."""
        with self._changed:
            before, self._model = self._model, model
            if before is not None and before is not model:
                self._retired[id(before)] = before
        self._close_idle()

    def wait_until_one(self, seconds: float) -> bool:
        """Wait until every earlier model is closed: two at a time take the memory and the cores of one."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._retired, seconds)

    def close(self) -> None:
        """Close all of them now, in use or not. Safe to call twice."""
        with self._changed:
            models = [*self._retired.values(), *([self._model] if self._model is not None else [])]
            self._retired, self._model = {}, None
            self._changed.notify_all()
        for model in models:
            model.close()

    def _close_idle(self) -> None:
        with self._changed:
            idle = [model for key, model in self._retired.items() if not self._lent[key]]
        for model in idle:
            model.close()  # Outside the lock: it takes a moment. Closing twice does no harm.
        with self._changed:
            for model in idle:
                self._retired.pop(id(model), None)
            self._changed.notify_all()
