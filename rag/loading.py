"""Loads whatever has weights, and fetches what is missing of them. The only room of the assistant that knows weights.

The small networks are loaded once and stay while libraries come and go; a language model is loaded whenever it is
asked for, and whoever asked closes it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rag.answering import prompts
from rag.config import Config
from rag.errors import ModelError, WeightsError
from rag.models import MINILM, NoEmbedder, Weights, fetch, is_present, load_embedder, load_model, load_reader
from rag.models.base import Embedder, LanguageModel, Reader
from rag.requests.kinds import Classifier, load_classifier
from rag.teller import Teller

WrapModel = Callable[[LanguageModel], LanguageModel]


@dataclass(frozen=True)
class Networks:
    """The small networks that every library shares.

    ``embedder`` makes the vectors; ``own`` those by which ``classifier`` tells requests apart; ``reader`` reads.
    """

    embedder: Embedder
    own: Embedder
    reader: Reader
    classifier: Classifier


class Loader:
    """Fetches and loads, saying so. Whoever loads the networks holds the shelf's lock, so none is loaded twice."""

    def __init__(
        self,
        weights: Path,
        teller: Teller,
        closed: threading.Event,
        *,
        model: LanguageModel | None = None,
        embedder: Embedder | None = None,
        wrap_model: WrapModel | None = None,
    ) -> None:
        """Look for weights in the folder ``weights``; give up when ``closed``.

        Args:
            weights: where they are, or come to be.
            teller: is told what goes on.
            closed: whether it is all over.
            model: is given instead of any language model of the settings.
            embedder: makes the vectors instead of our own.
            wrap_model: puts something between assistant and language model.
        """
        self._weights = weights
        self._teller = teller
        self._closed = closed
        self._given_model, self._given_embedder = model, embedder
        self._wrap_model = wrap_model
        self.networks: Networks | None = None

    def embedder(self) -> Embedder:
        """What makes the vectors; words alone are searched, and it is said, where that cannot be had."""
        if self.networks is not None:
            return self.networks.embedder
        try:
            if self._given_embedder is not None:
                _ = self._given_embedder.fingerprint  # Where it has to be asked for that, it is found out now.
                return self._given_embedder
            self.fetch(MINILM)
            self._teller.say(phase="Loading the search model", progress=None)
            return load_embedder(self._weights)
        except (WeightsError, ModelError) as error:
            self._teller.trouble("search", str(error))
            return NoEmbedder()

    def with_others(self, embedder: Embedder) -> Networks:
        """The other networks beside ``embedder``, which are kept from now on."""
        self._teller.say(phase="Loading the reader", progress=None)
        known = self.networks
        classifier = known.classifier if known else load_classifier()
        own = known.own if known and not isinstance(known.own, NoEmbedder) else self._own(embedder)
        self.networks = Networks(embedder, own, known.reader if known else load_reader(), classifier)
        return self.networks

    def _own(self, embedder: Embedder) -> Embedder:
        """What tells requests apart by vectors: it has learned from our own, and takes no others of their length."""
        if self._given_embedder is None:
            return embedder
        try:
            return load_embedder(self._weights)
        except WeightsError:
            return NoEmbedder()

    @property
    def is_given_model(self) -> bool:
        """Whether there is a language model whatever the settings name."""
        return self._given_model is not None

    def language_model(self, config: Config) -> LanguageModel | None:
        """The language model of the settings, warmed up; None where there is none."""
        model = self._given_model or load_model(config)
        if model is not None and self._wrap_model is not None:
            model = self._wrap_model(model)
        if model is not None:
            try:
                model.warm(prompts.prefix(fenced=not model.local))
            except BaseException:
                model.close()
                raise
        return model

    def fetch(self, needed: Weights, declined: threading.Event | None = None) -> None:
        """Fetch weights unless they are here. ``declined``: what is set when nobody wants them any more.

        Raises:
            WeightsError: they cannot be fetched; WeightsCancelled: they are declined, or all is over.
        """
        if is_present(needed, self._weights):
            return

        def over() -> bool:
            return declined is not None and declined.is_set()

        said = f"Fetching {needed.title} ({needed.megabytes})"
        self._teller.say(phase=said, can_cancel=declined is not None, can_fetch=False)
        fetch(
            needed,
            self._weights,
            lambda progress: None if over() else self._teller.fetching(progress),
            lambda: self._closed.is_set() or over(),
        )
        self._teller.say(phase="", progress=None, can_cancel=False)
