"""Late interaction, with vectors from hashes: equal words are the same, others are not."""

import numpy as np
import pytest

from rag.domain import Sentence
from rag.models.base import Tokens
from rag.models.embedder import NoEmbedder
from rag.models.scripted import HashEmbedder
from rag.retrieval import late
from rag.retrieval.late import TokenVectors, met


def _sentence(text: str) -> Sentence:
    return Sentence("a.txt", 0, len(text), text)


def test_a_word_that_the_sentence_has_is_met_and_stop_words_are_not_asked_for() -> None:
    found = met("Who felled the lime tree?", [_sentence("The lime is old")], TokenVectors(HashEmbedder(256)))
    assert set(found["a.txt#0-15"]) == {"who", "fell", "lime", "tree"}  # "who" has no share in the question
    assert found["a.txt#0-15"]["lime"] == pytest.approx(1, abs=1e-3)
    assert max(found["a.txt#0-15"]["tree"], found["a.txt#0-15"]["fell"]) < 0.5


class _Pieces(HashEmbedder):
    """Cuts each word of the question in two, as an embedder's own vocabulary does."""

    def embed_tokens(self, texts: list[str]) -> list[Tokens]:  # type: ignore[override]
        if texts != ["harbour harbour"]:
            return [Tokens(((0, 3),), np.array([[1.0, 0.0]], dtype=np.float32))]
        rows = np.array([[1, 0], [0, 1], [0.6, 0.8], [1, 0]], dtype=np.float32)
        return [Tokens(((0, 3), (3, 7), (8, 11), (11, 15)), rows)]


def test_a_word_of_several_tokens_counts_as_their_mean_and_a_repeated_one_by_its_better_match() -> None:
    found = met("harbour harbour", [_sentence("pier")], TokenVectors(_Pieces()))
    assert found["a.txt#0-4"] == {"harbour": pytest.approx((0.6 + 1.0) / 2)}  # the first one has (1 + 0) / 2


def test_without_vectors_nothing_is_met() -> None:
    assert met("Who felled the tree?", [_sentence("It was felled.")], TokenVectors(NoEmbedder())) == {"a.txt#0-14": {}}


def test_vectors_are_made_once_and_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late, "KEPT", 2)
    vectors = TokenVectors(HashEmbedder())
    first = vectors.of(["one", "two"])["one"]
    assert vectors.of(["one"])["one"] is first
    assert set(vectors.of(["one", "three"])) == {"one", "three"}
    assert set(vectors.kept) == {"two", "three"}
