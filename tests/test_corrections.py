"""Details corrected by hand: what is kept, what is refused, and what a correction outlives."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from rag.corrections import FILE, Corrections, checked
from rag.domain import Article, SyncReport
from rag.errors import ShelfError
from rag.ingest import sync
from rag.kept import Kept
from rag.models import HashEmbedder
from rag.secrets import environment_for_children
from rag.store import Library
from tests.stored import ROOT

FERRY = "---\ntitle: Night ferry\ndate: 2021-02-03\noutlet: Harbour Post\n---\nThe night ferry sails no more.\n"


class Shelf:
    """A folder with two articles, and a library of it in which nothing but hashed vectors is needed."""

    def __init__(self, root: Path) -> None:
        self.folder, self.data = root / "articles", root / "data"
        self.folder.mkdir()
        (self.folder / "ferry.md").write_text(FERRY)
        (self.folder / "pier.txt").write_text("The pier was rebuilt in May.\n")

    def corrections(self) -> Corrections:
        return Corrections(self.data, self.folder)

    def sync(self) -> tuple[SyncReport, dict[str, Article]]:
        with Library.open(self.folder, self.data) as library:
            report = sync(self.folder, library, HashEmbedder(), corrections=self.corrections())
            return report, {article.id: article for article in library.articles()}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def test_a_correction_is_known_at_the_next_sync_and_that_article_alone_is_read(shelf: Shelf) -> None:
    _, before = shelf.sync()
    shelf.corrections().correct("ferry.md", {"date": "14 March 2022", "outlet": "The Courier"})
    report, after = shelf.sync()
    assert (report.updated, report.unchanged) == (("ferry.md",), ("pier.txt",))
    ferry = after["ferry.md"]
    assert (ferry.date, ferry.outlet, ferry.corrected) == ("2022-03-14", "The Courier", ("date", "outlet"))
    assert ferry.header == "Night ferry · The Courier · 2022-03-14"
    assert (ferry.digest, ferry.text) == (before["ferry.md"].digest, before["ferry.md"].text)
    assert shelf.sync()[0].unchanged == ("ferry.md", "pier.txt"), "once"


def test_it_outlives_an_edit_a_removal_and_a_library_made_anew(shelf: Shelf) -> None:
    shelf.corrections().correct("ferry.md", {"date": "2022", "title": "The last night ferry"})
    shelf.sync()
    (shelf.folder / "ferry.md").write_text(FERRY.replace("no more", "again"))
    assert shelf.sync()[1]["ferry.md"].date == "2022"
    (shelf.folder / "ferry.md").unlink()
    shelf.sync()
    (shelf.folder / "ferry.md").write_text(FERRY)
    with Library.open(shelf.folder, shelf.data) as library:
        library.clear()
    ferry = shelf.sync()[1]["ferry.md"]
    assert (ferry.date, ferry.title, ferry.outlet) == ("2022", "The last night ferry", "Harbour Post")


def test_what_the_file_says_comes_back_by_field(shelf: Shelf) -> None:
    corrections = shelf.corrections()
    corrections.correct("ferry.md", {"date": "2022", "outlet": ""})
    assert shelf.sync()[1]["ferry.md"].outlet is None
    corrections.correct("ferry.md", {"outlet": None})
    ferry = shelf.sync()[1]["ferry.md"]
    assert (ferry.outlet, ferry.date, ferry.corrected) == ("Harbour Post", "2022", ("date",))
    corrections.correct("ferry.md", {"date": None})
    assert shelf.sync()[1]["ferry.md"].corrected == ()


def test_a_title_by_hand_is_a_title_given(shelf: Shelf) -> None:
    assert not shelf.sync()[1]["pier.txt"].title_given
    shelf.corrections().correct("pier.txt", {"title": "A new pier"})
    pier = shelf.sync()[1]["pier.txt"]
    assert pier.title_given and pier.header == "A new pier"


def test_other_folders_have_their_own(shelf: Shelf, tmp_path: Path) -> None:
    shelf.corrections().correct("ferry.md", {"date": "2022"})
    assert Corrections(shelf.data, tmp_path / "others").of("ferry.md") == {}
    assert shelf.corrections().of("ferry.md") == {"date": "2022"}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("2022-03-14", "2022-03-14"),
        ("2022-03", "2022-03"),
        ("2022", "2022"),
        ("March 14, 2022", "2022-03-14"),
        ("14 mars 2022", "2022-03-14"),
        ("14. März 2022", "2022-03-14"),
        ("März 2022", "2022-03"),
        ("2022年3月14日", "2022-03-14"),
        ("  ", ""),
    ],
)
def test_dates_that_are_understood(typed: str, kept: str) -> None:
    assert checked("date", typed) == kept


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("date", "03/04/2022"),
        ("date", "le 14 mars"),
        ("date", "yesterday"),
        ("date", "31 February 2022"),
        ("date", "1" * 61),
        ("url", "javascript:alert(1)"),
        ("url", "data:text/html,x"),
        ("url", "https://a.example/x y"),
        ("url", "https://a.example/" + "x" * 500),
        ("title", " "),
        ("title", "x" * 501),
        ("title", "x" * 1_000_000),
        ("title", "two\nlines"),
        ("outlet", "null\0"),
        ("outlet", "escape\x1b[31m"),
        ("author", "\u202eturned"),
        ("author", "half \ud800"),
        ("digest", "x"),
        ("text", "x"),
    ],
)
def test_what_is_refused_says_why_in_a_sentence_and_changes_nothing(field: str, value: str, shelf: Shelf) -> None:
    corrections = shelf.corrections()
    with pytest.raises(ShelfError) as error:
        corrections.correct("ferry.md", {"outlet": "The Courier", field: value})
    said = str(error.value)
    assert said.endswith(".") and len(said) < 250 and said.isprintable()
    assert not (shelf.data / FILE).exists() and corrections.of("ferry.md") == {}


def test_html_is_text_like_any_other() -> None:
    assert checked("title", "<script>alert(1)</script>") == "<script>alert(1)</script>"


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b'{"a": {"b": {"date": 3}}}', b"[" * 100_000])
def test_a_damaged_file_is_said_and_set_aside(content: bytes, shelf: Shelf) -> None:
    shelf.data.mkdir()
    (shelf.data / FILE).write_bytes(content)
    corrections = shelf.corrections()
    assert "damaged" in corrections.problem and "corrections-damaged-1.json" in corrections.problem
    assert (shelf.data / "corrections-damaged-1.json").read_bytes() == content
    corrections.correct("ferry.md", {"date": "2022"})
    assert shelf.corrections().of("ferry.md") == {"date": "2022"}


def test_what_somebody_wrote_into_the_file_is_checked_like_what_is_typed(shelf: Shelf) -> None:
    corrections = shelf.corrections()
    corrections.correct("ferry.md", {"date": "2022"})
    kept = json.loads((shelf.data / FILE).read_text())
    library = next(iter(kept))
    kept[library]["ferry.md"] |= {"url": "javascript:alert(1)", "digest": "0", "title": "a\x1b[2J"}
    (shelf.data / FILE).write_text(json.dumps(kept))
    assert shelf.corrections().of("ferry.md") == {"date": "2022"}


def test_a_disk_that_takes_nothing_loses_nothing(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    corrections = shelf.corrections()
    corrections.correct("ferry.md", {"date": "2022"})

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("rag.kept.os.fsync", full)
    with pytest.raises(ShelfError, match="No space left"):
        corrections.correct("ferry.md", {"date": "2023"})
    monkeypatch.undo()
    assert corrections.of("ferry.md") == shelf.corrections().of("ferry.md") == {"date": "2022"}
    assert sorted(file.name for file in shelf.data.iterdir()) == [FILE]


_WRITING = """
import sys
from pathlib import Path
from pydantic import TypeAdapter
from rag.kept import Kept
kept = Kept(Path(sys.argv[1]), TypeAdapter(dict[str, str]), {}, "things")
print("writing", flush=True)
while True:
    kept.write({**kept.value, str(len(kept.value)): "x" * 400})
"""


def test_killed_while_writing_what_is_there_is_whole(tmp_path: Path) -> None:
    file, before = tmp_path / "kept.json", 0
    for wait in (0.05, 0.2):
        command = [sys.executable, "-c", _WRITING, str(file)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env=environment_for_children()) as child:
            assert child.stdout is not None and child.stdout.readline() == b"writing\n"
            time.sleep(wait)
            child.kill()
        kept = Kept(file, TypeAdapter(dict[str, str]), {}, "things")
        assert kept.problem == "" and len(kept.value) >= before, "nothing that was kept is lost"
        before = len(kept.value)
    assert before > 0
