"""The main job with nothing scripted: the shipped articles, the real search model, the default language model."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.assistant import Assistant, complete
from rag.config import load_config
from rag.domain import Turn
from tests.conftest import SEEDS

pytestmark = pytest.mark.model

QUESTION = "Who met Yang Jiechi in Rome, and for how long?"
FACT = "US National Security Adviser Jake Sullivan had a seven-hour meeting"


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    data: Path = tmp_path_factory.mktemp("data")
    with Assistant(load_config(articles=SEEDS, data=data)) as loaded:
        loaded.load()
        yield loaded


def test_the_default_model_answers_and_cites_the_right_words(assistant: Assistant) -> None:
    final = complete(assistant.ask(QUESTION))
    assert not final.refused
    assert "Sullivan" in final.text
    assert "seven" in final.text or "7" in final.text
    assert final.citations[0].quote.startswith(FACT)
    assert final.prompt_tokens is not None and final.cached_tokens is not None
    assert final.prompt_tokens - final.cached_tokens <= 230


def test_it_follows_up(assistant: Assistant) -> None:
    first = complete(assistant.ask("Who met Yang Jiechi in Rome?"))
    final = complete(assistant.ask("And how long did it last?", [Turn(first.question, first.text)]))
    assert "seven" in final.text.casefold() or "7" in final.text
    assert final.citations[0].quote.startswith(FACT)


def test_who_is_in_no_article_is_not_answered_from_memory(assistant: Assistant) -> None:
    assert complete(assistant.ask("What did Angela Merkel say about the meeting in Rome?")).refused
