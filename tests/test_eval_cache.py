"""Kept replies: the same chunks, usage and first timings; nothing kept that is not whole."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from eval.cache import CachedModel
from rag.errors import ModelError
from rag.models import Chunk, Message, ScriptedModel, Usage

ASKED = [Message("system", "Answer."), Message("user", "Who?")]


class Slow(ScriptedModel):
    """Says two words, 0.1 s each, after a warming of 0.1 s."""

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[Chunk]:
        yield Chunk()
        time.sleep(0.1)
        yield Chunk("Anna ")
        time.sleep(0.1)
        yield Chunk("Berg.", usage=Usage(12, 8, 2))

    def warm(self, prefix: Sequence[Message]) -> None:
        super().warm(prefix)
        time.sleep(0.1)


def said(model: CachedModel, asked: Sequence[Message] = ASKED, max_tokens: int = 9) -> tuple[str, Usage | None]:
    model.begin()
    chunks = list(model.stream(asked, max_tokens=max_tokens))
    return "".join(chunk.text for chunk in chunks), chunks[-1].usage


def test_a_known_reply_is_the_first_one_without_asking(tmp_path: Path) -> None:
    inner = ScriptedModel(["Anna Berg.", "Somebody else."])
    first = CachedModel(inner, tmp_path)
    fresh = said(first)
    assert not first.from_cache
    again = CachedModel(inner, tmp_path)
    assert said(again) == fresh
    assert again.from_cache
    assert len(inner.calls) == 1


@pytest.mark.parametrize("change", ["prompt", "tokens", "name", "namespace", "role"])
def test_anything_else_is_another_reply(tmp_path: Path, change: str) -> None:
    said(CachedModel(ScriptedModel(["One."]), tmp_path, "a"))
    other = ScriptedModel(["Two."], name="other" if change == "name" else "scripted")
    asked = [Message("system", "Answer."), Message("user", "Whom?")] if change == "prompt" else ASKED
    asked = [Message("user", "Answer."), Message("user", "Who?")] if change == "role" else asked
    model = CachedModel(other, tmp_path, "b" if change == "namespace" else "a")
    assert said(model, asked, 10 if change == "tokens" else 9)[0] == "Two."


def test_timings_of_a_known_reply_are_the_first_ones(tmp_path: Path) -> None:
    """200 ms when it was made, the first word after 100; the time of the replay itself does not matter."""
    said(CachedModel(Slow(), tmp_path))
    model = CachedModel(Slow(), tmp_path)
    model.begin()
    started, first = time.perf_counter(), None
    for chunk in model.stream(ASKED, max_tokens=9):
        passed = (time.perf_counter() - started) * 1000
        if chunk.text and first is None:
            first = passed + model.saved_ms
            time.sleep(0.05)  # whoever reads the reply takes his time
    total = (time.perf_counter() - started) * 1000 + model.saved_ms
    assert first == pytest.approx(100, abs=40)
    assert total == pytest.approx(200, abs=60)
    assert model.saved_ms < 200


def test_several_calls_add_up(tmp_path: Path) -> None:
    for replayed in (0, 2):
        model = CachedModel(Slow(), tmp_path)
        model.begin()
        for number in range(2):
            list(model.stream([Message("user", str(number))], max_tokens=9))
        assert (model.calls, model.replayed) == (2, replayed)
    assert model.saved_ms == pytest.approx(400, abs=100)


def test_warming_waits_for_the_first_unknown_reply_and_is_no_questions_time(tmp_path: Path) -> None:
    inner = Slow()
    model = CachedModel(inner, tmp_path)
    model.warm(ASKED[:1])
    assert inner.warmed == []
    said(model)
    assert inner.warmed == [tuple(ASKED[:1])]
    assert model.saved_ms == pytest.approx(-100, abs=40)
    said(model, [Message("user", "Another?")])
    assert len(inner.warmed) == 1
    replayed = Slow()
    again = CachedModel(replayed, tmp_path)
    again.warm(ASKED[:1])
    said(again)
    assert replayed.warmed == []


def test_a_reply_that_failed_or_was_stopped_is_not_kept(tmp_path: Path) -> None:
    inner = ScriptedModel([ModelError("gone"), "Anna Berg is here.", "Anna Berg."])
    model = CachedModel(inner, tmp_path)
    with pytest.raises(ModelError):
        said(model)
    stopped = model.stream(ASKED, max_tokens=9)
    next(stopped)
    stopped.close()  # type: ignore[attr-defined]
    assert inner.stopped == 1
    assert said(model)[0] == "Anna Berg."


@pytest.mark.parametrize("damage", ["", "{}", "[1]", '{"pieces": [[1]], "total_ms": 1, "usage": null}'])
def test_a_damaged_file_is_made_anew(tmp_path: Path, damage: str) -> None:
    said(CachedModel(ScriptedModel(["One."]), tmp_path))
    [file] = tmp_path.iterdir()
    file.write_text(damage, encoding="utf-8")
    assert said(CachedModel(ScriptedModel(["Two."]), tmp_path))[0] == "Two."
    assert said(CachedModel(ScriptedModel([]), tmp_path))[0] == "Two."


def test_everything_else_is_the_models_own(tmp_path: Path) -> None:
    inner = ScriptedModel([], local=False, name="far")
    model = CachedModel(inner, tmp_path)
    assert (model.name, model.local, model.count_tokens("one two")) == ("far", False, 2)
    model.close()
    assert inner.closed


def test_a_reply_that_cannot_be_kept_is_said_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert said(CachedModel(ScriptedModel(["One."]), tmp_path / "file"))[0] == "One."
    assert (tmp_path / "file").read_text() == "in the way"
