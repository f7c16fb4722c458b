"""Libraries with names: the list, what it refuses, and which one a start opens."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.config import load_config
from rag.errors import ShelfError
from rag.libraries import FILE, MOST, Libraries, chosen


@pytest.fixture
def started(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    folder.mkdir()
    return folder


@pytest.fixture
def shelf(tmp_path: Path, started: Path) -> Libraries:
    return Libraries(tmp_path / "data", started)


def _names(libraries: Libraries) -> list[str]:
    return [one.name for one in libraries.all()]


def test_the_one_it_was_started_with_is_there_by_its_folders_name(shelf: Libraries, tmp_path: Path) -> None:
    assert [(one.name, one.started) for one in shelf.all()] == [("seeds", True)]
    assert shelf.current == "seeds"
    assert not (tmp_path / "data").exists(), "nothing is written before there is something to keep"


def test_a_library_gets_a_folder_of_its_own_and_is_there_at_the_next_start(
    shelf: Libraries, tmp_path: Path, started: Path
) -> None:
    made = shelf.make("  Harbour   news ")
    assert (made.name, made.folder) == ("Harbour news", (tmp_path / "data/articles/Harbour news").resolve())
    assert made.folder.is_dir()
    assert _names(Libraries(tmp_path / "data", started)) == ["Harbour news", "seeds"]


def test_a_folder_of_this_machine_can_be_a_library(shelf: Libraries, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    assert shelf.make("Mine", str(tmp_path / "mine")).folder == (tmp_path / "mine").resolve()
    with pytest.raises(ShelfError, match="is the folder of “Mine” already"):
        shelf.make("Mine too", str(tmp_path / "mine" / "."))


@pytest.mark.parametrize(
    "folder",
    [
        "mine",
        "../mine",
        "/",
        "/etc/passwd",
        "/no/such",
        "{data}",
        "{data}/library",
        "\0",
        "~nobody-here/x",
        "x" * 100_000,
    ],
)
def test_folders_that_are_refused(folder: str, shelf: Libraries, tmp_path: Path) -> None:
    (tmp_path / "data" / "library").mkdir(parents=True)
    with pytest.raises(ShelfError) as error:
        shelf.make("Mine", folder.format(data=tmp_path / "data"))
    assert len(str(error.value)) < 400 and _names(shelf) == ["seeds"]


@pytest.mark.parametrize(
    "name",
    [
        "", "   ", "...", ".hidden", "..", "../up", "a/b", "a\\b", "C:", "nul", "COM1.txt", "a\0b", "a\nb\x1b",
        "\u202eturned",
        "<b>bold</b>", 'a"b', "half \ud800", "ends.", "x" * 61, "x" * 1_000_000, "seeds", "SEEDS", "ｓｅｅｄｓ",
    ],
)  # fmt: skip
def test_names_that_are_refused_make_no_folder(name: str, shelf: Libraries, tmp_path: Path) -> None:
    shelf.make("Other")
    for attempt in (lambda: shelf.make(name), lambda: shelf.rename("Other", name)):
        with pytest.raises(ShelfError) as error:
            attempt()
        assert len(str(error.value)) < 300
    assert _names(shelf) == ["Other", "seeds"]
    assert [path.name for path in (tmp_path / "data" / "articles").iterdir()] == ["Other"]


def test_renaming_keeps_the_folder_and_a_new_one_of_the_old_name_gets_another(shelf: Libraries) -> None:
    first = shelf.make("Ferries")
    shelf.rename("ferries", "Boats")
    second = shelf.make("Ferries")
    assert shelf.find("Boats").folder == first.folder != second.folder == first.folder.with_name("Ferries 2")
    shelf.rename("seeds", "Five articles")
    assert shelf.current == "Five articles"


def test_forgetting_deletes_nothing(shelf: Libraries) -> None:
    folder = shelf.make("Ferries").folder
    (folder / "a.txt").write_text("Here.")
    shelf.forget("Ferries")
    assert _names(shelf) == ["seeds"] and (folder / "a.txt").read_text() == "Here."
    assert shelf.make("Ferries").folder == folder


def test_what_is_open_or_was_started_with_is_not_forgotten(shelf: Libraries) -> None:
    shelf.make("Ferries")
    with pytest.raises(ShelfError, match="is open"):
        shelf.forget("seeds")
    shelf.choose("Ferries")
    with pytest.raises(ShelfError, match="started with"):
        shelf.forget("seeds")


def test_a_library_whose_folder_is_gone_cannot_be_chosen(shelf: Libraries) -> None:
    shelf.make("Ferries").folder.rmdir()
    with pytest.raises(ShelfError, match="is not there"):
        shelf.choose("Ferries")
    assert shelf.current == "seeds"


def test_the_choice_counts_at_a_start_that_names_no_folder(
    shelf: Libraries, tmp_path: Path, started: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ferries = shelf.make("Ferries").folder
    assert chosen(load_config()).articles == Path("seeds"), "nothing was chosen"
    shelf.choose("ferries")
    assert chosen(load_config()).articles == ferries
    assert chosen(load_config(articles="seeds")).articles == Path("seeds")
    assert chosen(load_config(articles="FERRIES")).articles == ferries
    assert chosen(load_config(articles="nowhere")).articles == Path("nowhere")
    ferries.rmdir()
    assert chosen(load_config()).articles == Path("seeds"), "its folder is gone"
    shelf.choose("seeds")
    assert chosen(load_config()).articles == started.resolve()


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"current": 1, "folders": {}}', b"\xff", b"[" * 100_000])
def test_a_damaged_list_is_said_set_aside_and_stops_nothing(content: bytes, tmp_path: Path, started: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / FILE).write_bytes(content)
    assert chosen(load_config(data=data)).articles == Path("seeds")
    libraries = Libraries(data, started)
    assert "libraries-damaged-1.json" in libraries.problem and _names(libraries) == ["seeds"]
    assert (data / "libraries-damaged-1.json").read_bytes() == content


def test_names_that_somebody_wrote_into_the_list_are_checked(tmp_path: Path, started: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    folders = {"<script>": "/etc", "Good": str(tmp_path), "\u202eturned": "/tmp"}
    (data / FILE).write_text(json.dumps({"current": "<script>", "folders": folders}))
    assert _names(Libraries(data, started)) == ["Good", "seeds"]


def test_the_list_has_an_end(shelf: Libraries) -> None:
    for number in range(MOST - 1):
        shelf.make(f"Library {number}")
    with pytest.raises(ShelfError, match="forget one first"):
        shelf.make("One more")
