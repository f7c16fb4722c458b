"""Scoring of speakers on hand-worked rows, and the floor that the seeds hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval import speakers
from rag.errors import ConfigError

TEXT = "“It is late,” Anna Berg said. “Go now.”\nThe port is closed, according to Peter Holm.\n“Who knows,” he said."
FLOORS = {  # kind: recall, precision, resolved
    "direct": (0.95, 0.97, 0.95),
    "reported": (0.86, 0.97, 0.93),
}


def _row(words: str, kind: str, how: str, names: list[str]) -> dict[str, object]:
    at = TEXT.index(words)
    return {"doc": "a.txt", "start": at, "end": at + len(words), "kind": kind, "how": how, "names": names}


@pytest.fixture
def labels(tmp_path: Path) -> speakers.Labels:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    rows = [
        {"about": "ranges", "ranges": {"a.txt": [0, len(TEXT)]}},
        _row("It is late,", "direct", "named", ["Anna Berg"]),
        _row("Go now.", "direct", "continued", ["Somebody Else"]),
        _row("The port is closed, according to Peter Holm.", "reported", "named", ["Holm"]),
        _row("Peter", "other", "named", []),
        _row("closed, according", "direct", "named", ["Holm"]),
    ]
    path = tmp_path / "labels.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return speakers.read_labels(path)


def test_the_figures_by_hand(labels: speakers.Labels, tmp_path: Path) -> None:
    """Two of three labelled quotations are found, two of three found ones are labelled, one of two is right."""
    scores = speakers.score(labels, tmp_path, labels.docs())
    direct, reported = scores["direct"], scores["reported"]
    assert (direct.recall.good, direct.recall.all) == (2, 3)
    assert (direct.precision.good, direct.precision.all) == (2, 3)
    assert (direct.resolved.good, direct.resolved.all) == (1, 2)
    assert {how: str(count) for how, count in direct.by_how.items()} == {
        "named": "1.000 (1 of 1)",
        "continued": "0.000 (0 of 1)",
    }
    assert (reported.recall.share, reported.precision.share, reported.resolved.share) == (1.0, 1.0, 1.0)


def test_names_match_as_whole_words() -> None:
    assert speakers.matches("the Kremlin", ["The Kremlin"])
    assert speakers.matches("Sir Peter Holm", ["Holm"])
    assert not speakers.matches("Peter Holmes", ["Holm"])
    assert not speakers.matches("Holm", ["Peter Holm"])


def test_every_second_article_is_held_out() -> None:
    assert speakers.halves(["c", "a", "d", "b"]) == (["a", "c"], ["b", "d"])


@pytest.mark.parametrize("line", ["{", '{"doc": "a"}', '{"doc": "a", "start": 1, "end": 2, "kind": "direct"}', "[]"])
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text('{"ranges": {}}\n' + line, encoding="utf-8")
    with pytest.raises(ConfigError, match="line 2"):
        speakers.read_labels(path)


def test_the_command_says_what_it_skips(capsys: pytest.CaptureFixture[str]) -> None:
    assert speakers.main([]) == 0
    assert "skipped: give the folder" in capsys.readouterr().out


def test_a_missing_folder_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert speakers.main(["--articles", str(tmp_path)]) == 1
    assert "mhr-" in capsys.readouterr().err


def test_the_seeds_hold_the_floor() -> None:
    labels = speakers.read_labels(speakers.LABELS / "seeds.jsonl")
    scores = speakers.score(labels, speakers.ROOT / "seeds", labels.docs())
    for kind, (recall, precision, resolved) in FLOORS.items():
        score = scores[kind]
        assert score.recall.share >= recall, (kind, str(score.recall))
        assert score.precision.share >= precision, (kind, str(score.precision))
        assert score.resolved.share >= resolved, (kind, str(score.resolved))
