"""What several test files share: assistants over small libraries, without real weights."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag import loading as loading_room
from rag.answering import decision
from rag.assistant import Assistant
from rag.config import Config, load_config
from rag.models import HashEmbedder, ScriptedModel, WordReader

ROOT = Path(__file__).resolve().parent.parent
SEEDS = ROOT / "seeds"

Assemble = Callable[..., Assistant]


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """No FOOTNOTE_ variable of the machine reaches a unit test; the weights folder stays where it is."""
    import os

    for name in [n for n in os.environ if n.startswith("FOOTNOTE_") and n != "FOOTNOTE_WEIGHTS"]:
        monkeypatch.delenv(name)


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> ScriptedModel:
    """A scripted language model, hashed vectors, a reader that counts words, and decisions made for that one."""
    model = ScriptedModel([])
    monkeypatch.setattr(loading_room, "is_present", lambda *_: True)
    monkeypatch.setattr(loading_room, "load_embedder", lambda *_: HashEmbedder())
    monkeypatch.setattr(loading_room, "load_reader", WordReader)
    by_word = decision.Decision({"reader": 1.0, "unknown": -1.0, "verdict": 1.0}, bias=0.0, threshold=0.4)
    monkeypatch.setattr(decision, "EXTRACTIVE", by_word)
    monkeypatch.setattr(decision, "WITH_MODEL", by_word)
    monkeypatch.setattr(decision, "BY_MODEL", {})
    monkeypatch.setattr(loading_room, "load_model", lambda config: None if config.model == "none" else model)
    return model


@pytest.fixture
def assemble(scripted: ScriptedModel, tmp_path: Path) -> Iterator[Assemble]:
    """Makes loaded assistants over a folder (default: the seeds) without real weights; closes them at the end."""
    made: list[Assistant] = []

    def make(**settings: object) -> Assistant:
        config: Config = load_config(**({"articles": SEEDS, "data": tmp_path / "data", "model": "1.5b"} | settings))
        assistant = Assistant(config)
        made.append(assistant)
        assistant.load()
        return assistant

    yield make
    for assistant in made:
        assistant.close()
