"""The language model that writes the answers: fetched, loaded, declined, exchanged for another one meanwhile.

Until it is there answers are the articles' own sentences, so nobody waits for it. Knows no library: it is loaded after
the library, so that the two do not share the cores.
"""

from __future__ import annotations

import threading

from rag.config import Config
from rag.current import Current
from rag.errors import FootnoteError, WeightsCancelled
from rag.loading import Loader
from rag.models import Lending, check_model, kind_of, label_of, notice_of, same_model, sent_to, weights_for
from rag.teller import Teller

HANDOVER_S = 0.2
"""How often a model that is to be loaded looks whether the one before it is still needed."""


class Writer:
    """The language model in use. What was chosen is known by ``declined``, an event that each choice has of its own."""

    def __init__(
        self, current: Current, loader: Loader, teller: Teller, library_done: threading.Event, closed: threading.Event
    ) -> None:
        """Load nothing yet; in the background a model is loaded once ``library_done``."""
        self._current, self._loader, self._teller = current, loader, teller
        self._library_done, self._closed = library_done, closed
        self._exchanging = threading.RLock()
        self._declined = threading.Event()
        self._thread: threading.Thread | None = None
        self.lending = Lending()

    def load(self) -> None:
        """Load the model of the settings now; its weights are there.

        Raises:
            FootnoteError: it cannot be loaded.
        """
        self._load(self._current.config, self._declined)

    def fetch_now(self) -> None:
        """Fetch what the model of the settings needs now.

        Raises:
            FootnoteError: it cannot be fetched, or was declined.
        """
        needed = weights_for(self._current.config)
        if needed is not None:
            self._loader.fetch(needed, self._declined)

    def fetch(self) -> None:
        """Fetch (when missing) and load the model in the background, also after "not now"."""
        with self._exchanging:
            self._declined.clear()
            if self.lending.model is not None or (self._thread is not None and self._thread.is_alive()):
                return
            choice = (self._current.config, self._declined)
            self._thread = threading.Thread(target=self._load_quietly, args=choice, name="model", daemon=True)
            self._thread.start()

    def not_now(self) -> None:
        """Decline the download that is under way."""
        self._declined.set()

    def use(self, config: Config) -> None:
        """Go on with other settings; answers under way keep the model that they have.

        Raises:
            ConfigError, ModelError: there is no such model; nothing is changed.
        """
        check_model(config)
        with self._exchanging:
            before, config = self._current.choose(config)
            self._teller.trouble("settings", config.chosen.problem)
            if same_model(before, config):
                return
            self._declined.set()  # Ends a download for the model before.
            self._declined = threading.Event()
            self._thread = None
            self.lending.put(None)
            self._teller.trouble("address", notice_of(config), model=label_of(config), notice=sent_to(config))
            self._without(None, model_ready=False, can_fetch=False)
            self.fetch()

    def close(self) -> None:
        """Free the model. Safe to call twice."""
        self._declined.set()
        self.lending.close()

    def _load_quietly(self, config: Config, declined: threading.Event) -> None:
        self._teller.trouble("model", None)
        try:
            needed = weights_for(config)
            if needed is not None:
                self._loader.fetch(needed, declined)
            self._library_done.wait()
            if not self._closed.is_set():
                self._load(config, declined)
        except WeightsCancelled:
            self._failed(declined, None)
        except FootnoteError as error:
            self._failed(declined, str(error))
        except Exception as error:  # the page must say what happened rather than wait for ever
            self._failed(declined, f"The language model could not be loaded: {error}.")
            raise

    def _failed(self, declined: threading.Event, problem: str | None) -> None:
        """The model that was chosen with ``declined`` is not there; said unless another has been chosen since."""
        with self._exchanging:
            if declined is self._declined:
                self._without(problem, can_fetch=True)

    def _without(self, problem: str | None, **changes: object) -> None:
        self._teller.trouble("model", problem, phase="", progress=None, can_cancel=False, **changes)

    def _load(self, config: Config, declined: threading.Event) -> None:
        if not self._loader.is_given_model and kind_of(config) == "none":
            return
        while not self.lending.wait_until_one(HANDOVER_S):
            if self._closed.is_set() or declined is not self._declined:
                return
            self._teller.say(phase="Waiting for the answer that the model before is writing", progress=None)
        self._teller.say(phase="Loading the language model", progress=None, can_cancel=False, can_fetch=False)
        model = self._loader.language_model(config)
        with self._exchanging:
            if declined is self._declined and not self._closed.is_set():
                self.lending.put(model)
                self._teller.say(phase="", model_ready=model is not None)
            elif model is not None:
                model.close()
