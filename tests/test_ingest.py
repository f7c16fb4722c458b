"""sync: the library holds what the folder holds; what has not changed costs nothing; a killed sync recovers."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from rag import doctor, ingest
from rag.articles import read_article
from rag.briefs import brief
from rag.config import load_config
from rag.domain import Article, SyncReport
from rag.errors import ArticlesError
from rag.ingest import SyncProgress, sync
from rag.models.scripted import HashEmbedder
from rag.passages import prose
from rag.store import Library
from tests.stored import ROOT, everything

SEEDS = ROOT / "seeds"

HARBOUR = """The new harbour has opened

The new harbour opened on Monday after nine years of work. It cost three million crowns, said the mayor.

Ships from six countries were there. None of them paid a fee on the first day.
"""


class Recorder(HashEmbedder):
    """Keeps the texts it was given."""

    def __init__(self, fingerprint: str = "hash", dimensions: int = 64) -> None:
        super().__init__(dimensions, fingerprint)
        self.texts: list[str] = []

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.texts += texts
        return super().embed(texts)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "clippings"
    (folder / "old").mkdir(parents=True)
    (folder / "harbour.txt").write_text(HARBOUR)
    (folder / "old" / "bridge.md").write_text(
        "---\ntitle: A bridge falls\noutlet: The Daily\ndate: 2024-01-31\n---\n"
        "The old bridge fell on Sunday. Nobody was hurt.\n"
    )
    (folder / "market.txt").write_text(
        "The market moves to the square. Traders have asked for it since spring, they say.\n"
    )
    return folder


@pytest.fixture
def library(folder: Path, tmp_path: Path) -> Iterator[Library]:
    with Library.open(folder, tmp_path / "data") as library:
        yield library


def counts(report: SyncReport) -> tuple[int, int, int, int, int]:
    return tuple(  # type: ignore[return-value]
        len(ids) for ids in (report.added, report.updated, report.removed, report.unchanged, report.unreadable)
    )


def test_the_five_seeds(tmp_path: Path) -> None:
    embedder = Recorder()
    with Library.open(SEEDS, tmp_path) as library:
        report = sync(SEEDS, library, embedder)
        assert counts(report) == (5, 0, 0, 0, 0) and report.rebuilt is None and report.changed
        articles, passages = everything(library)
        assert [a.id for a in articles] == sorted(path.name for path in SEEDS.glob("*.txt"))
        texts = {a.id: a for a in articles}
        assert all(texts[p.article].quote(p.span) == p.text for p in passages)
        assert report.embedded == embedder.embedded == len(embedder.texts)


def test_each_article_is_stored_with_its_brief(folder: Path, library: Library) -> None:
    sync(folder, library, HashEmbedder())
    contents = library.contents()
    cut = {a.id: [p for p in contents.passages if p.article == a.id] for a in contents.articles}
    assert contents.briefs == {a.id: brief(a, prose(a, cut[a.id])) for a in contents.articles}
    texts = {a.id: a for a in contents.articles}
    assert [
        texts[id].quote(e.span) for id, b in contents.briefs.items() for e in b.events if e.when == "on Sunday"
    ] == ["The old bridge fell on Sunday."]
    (folder / "harbour.txt").write_text(HARBOUR.replace("on Monday", "on 4 May 2020"))
    sync(folder, library, HashEmbedder())
    assert library.contents().briefs["harbour.txt"].events[0].key == (2020, 5, 4)


def test_other_rules_for_briefs_mean_that_all_is_read_anew(
    folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync(folder, library, HashEmbedder())
    monkeypatch.setattr(ingest, "BRIEFS_VERSION", 99)
    report = sync(folder, library, HashEmbedder())
    assert len(report.added) + len(report.updated) == 3 and "briefs 99" in (report.rebuilt or "")


def test_the_second_sync_embeds_nothing(folder: Path, library: Library) -> None:
    sync(folder, library, HashEmbedder())
    before, revision = everything(library), library.revision

    class Forbidden(HashEmbedder):
        def embed(self, texts: Sequence[str]) -> list[list[float]]:
            raise AssertionError(f"nothing has changed, but {len(texts)} texts were to be embedded")

    report = sync(folder, library, Forbidden())
    assert counts(report) == (0, 0, 0, 3, 0) and report.embedded == 0 and not report.changed
    assert everything(library) == before and library.revision == revision


def test_passages_are_embedded_with_their_header_and_each_distinct_text_once(folder: Path, library: Library) -> None:
    twice = "Photo: Ben Okoro\n\nThe mayor has been asked about the harbour.\n\nPhoto: Ben Okoro\n"
    (folder / "twice.txt").write_text(twice)
    embedder = Recorder()
    sync(folder, library, embedder)
    assert len(embedder.texts) == len(set(embedder.texts))
    assert [text for text in embedder.texts if "Nobody was hurt" in text] == [
        "A bridge falls · The Daily · 2024-01-31\nThe old bridge fell on Sunday. Nobody was hurt."
    ]
    _, passages = everything(library)
    assert len([p for p in passages if p.text == "Photo: Ben Okoro"]) == 2
    assert len(embedder.texts) == len(passages) - 1


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "T"),
        ({"title_given": False}, ""),
        ({"outlet": "O", "date": "2024"}, "T · O · 2024"),
        ({"title_given": False, "date": "2024-01-31", "author": "A"}, "2024-01-31"),
    ],
)
def test_header(fields: dict[str, object], expected: str) -> None:
    assert Article(id="a", text="t", digest="d", title="T", **fields).header == expected  # type: ignore[arg-type]


def test_editing_adding_vanishing(folder: Path, library: Library) -> None:
    sync(folder, library, HashEmbedder())
    (folder / "harbour.txt").write_text(HARBOUR.replace("three million", "four million"))
    (folder / "market.txt").unlink()
    (folder / "new.txt").write_text("A new school is planned. It will have room for ninety children.\n")
    embedder = Recorder()
    report = sync(folder, library, embedder)
    assert (report.added, report.updated, report.removed) == (("new.txt",), ("harbour.txt",), ("market.txt",))
    assert report.unchanged == ("old/bridge.md",)
    assert not any("bridge" in text for text in embedder.texts)
    _, passages = everything(library)
    assert {p.article for p in passages} == {"harbour.txt", "new.txt", "old/bridge.md"}
    assert any("four million" in p.text for p in passages) and not any("three million" in p.text for p in passages)
    assert library.sweep() == ()


def test_renaming(folder: Path, library: Library) -> None:
    sync(folder, library, HashEmbedder())
    (folder / "harbour.txt").rename(folder / "old" / "port.txt")
    report = sync(folder, library, HashEmbedder())
    assert (report.added, report.removed) == (("old/port.txt",), ("harbour.txt",))
    assert "harbour.txt" not in {p.article for p in everything(library)[1]}


def test_the_vanished_are_removed_before_the_new_are_read(folder: Path, library: Library) -> None:
    sync(folder, library, HashEmbedder())
    (folder / "market.txt").unlink()
    (folder / "new.txt").write_text("A new school is planned.\n")

    class Broken(HashEmbedder):
        def embed(self, texts: Sequence[str]) -> list[list[float]]:
            raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError):
        sync(folder, library, Broken())
    assert sorted(library.digests()) == ["harbour.txt", "old/bridge.md"]


def test_an_edited_article_stays_until_its_new_vectors_are_there(folder: Path, library: Library) -> None:
    sync(folder, library, HashEmbedder())
    (folder / "market.txt").write_text("The market stays where it is.\n")

    class Broken(HashEmbedder):
        def embed(self, texts: Sequence[str]) -> list[list[float]]:
            raise RuntimeError("out of memory")

    before = everything(library)
    with pytest.raises(RuntimeError):
        sync(folder, library, Broken())
    assert everything(library) == before


# Files that cannot be read


def test_an_unreadable_file_is_reported_and_the_rest_goes_on(folder: Path, library: Library) -> None:
    (folder / "bad.txt").write_bytes(b"caf\xe9 au lait is no UTF-8\n")
    report = sync(folder, library, HashEmbedder())
    assert counts(report) == (3, 0, 0, 0, 1)
    assert report.unreadable[0].article == "bad.txt" and "UTF-8" in report.unreadable[0].reason
    assert "stays" not in report.unreadable[0].reason
    again = sync(folder, library, HashEmbedder())
    assert counts(again) == (0, 0, 0, 3, 1) and again.embedded == 0


def test_a_file_that_became_unreadable_keeps_its_last_version(folder: Path, library: Library) -> None:
    sync(folder, library, HashEmbedder())
    before = everything(library)
    (folder / "market.txt").write_bytes(b"\xff\xfe\xff")
    report = sync(folder, library, HashEmbedder())
    assert counts(report) == (0, 0, 0, 2, 1)
    assert "its last readable version stays in the library." in report.unreadable[0].reason
    assert everything(library) == before


@pytest.mark.parametrize("field", ["text", "title", "author"])
def test_half_a_character_is_one_files_problem_only(
    folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    def read(root: Path, id: str) -> Article:
        article = read_article(root, id)
        return replace(article, **{field: "half a \ud83d face"}) if id == "harbour.txt" else article  # type: ignore[arg-type]

    monkeypatch.setattr(ingest, "read_article", read)
    report = sync(folder, library, HashEmbedder())
    assert counts(report) == (2, 0, 0, 0, 1)
    assert report.unreadable[0].article == "harbour.txt" and r"\ud83d" in report.unreadable[0].reason


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such file names")
def test_a_name_that_is_no_utf8_can_be_reported(folder: Path, library: Library) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.txt")).write_text("Coffee is dearer.\n")
    report = sync(folder, library, HashEmbedder())
    assert counts(report) == (3, 0, 0, 0, 1)
    report.unreadable[0].article.encode("utf-8")
    assert report.unreadable[0].article == r"caf\udce9.txt"


@pytest.mark.parametrize("state", ["empty", "missing", "a file"])
def test_a_folder_without_articles_empties_nothing(folder: Path, library: Library, state: str) -> None:
    sync(folder, library, HashEmbedder())
    before = everything(library)
    shutil.rmtree(folder)
    if state == "empty":
        folder.mkdir()
    elif state == "a file":
        folder.write_text("in the way")
    with pytest.raises(ArticlesError):
        sync(folder, library, HashEmbedder("other"))  # type: ignore[arg-type]
    assert everything(library) == before


# Never a mixture


def test_another_embedder_rebuilds_and_says_so(folder: Path, library: Library) -> None:
    sync(folder, library, HashEmbedder())
    (folder / "market.txt").unlink()
    embedder = Recorder("other", dimensions=32)
    report = sync(folder, library, embedder)
    assert report.rebuilt == "The embedding model changed from 'hash' to 'other': all articles are read anew."
    assert (report.added, report.updated, report.removed) == ((), ("harbour.txt", "old/bridge.md"), ("market.txt",))
    assert report.embedded == len(embedder.texts) > 0
    assert library.fingerprint() == ("other", ingest.fingerprint())
    assert len(library.nearest(embedder.embed_query("harbour"), 1)) == 1
    assert sync(folder, library, embedder).rebuilt is None


def test_another_way_of_cutting_rebuilds_and_says_so(
    folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync(folder, library, HashEmbedder())
    monkeypatch.setattr(ingest, "PASSAGE_FINGERPRINT", "scissors-2")
    report = sync(folder, library, HashEmbedder(fingerprint="other"))
    assert report.rebuilt is not None
    assert report.rebuilt.startswith("The embedding model changed from 'hash' to 'other' and the way of cutting")
    assert "'scissors-2, " in report.rebuilt
    assert len(report.updated) == 3


def test_who_says_what_is_kept_with_the_article(folder: Path, library: Library) -> None:
    sync(folder, library, HashEmbedder())
    (statement,) = library.article("harbour.txt").statements
    assert (statement.speaker, statement.kind) == ("the mayor", "reported")
    assert HARBOUR[statement.start : statement.end] == "It cost three million crowns, said the mayor."


def test_other_rules_for_speakers_rebuild(folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    sync(folder, library, HashEmbedder())
    monkeypatch.setattr(ingest, "QUOTES_VERSION", 99)
    report = sync(folder, library, HashEmbedder())
    assert report.rebuilt is not None and "speakers 99" in report.rebuilt
    assert len(report.updated) == 3


def test_a_rebuild_that_was_stopped_goes_on(folder: Path, library: Library) -> None:
    sync(folder, library, HashEmbedder())
    other = HashEmbedder(fingerprint="other")
    stopped = sync(folder, library, other, cancelled=after(5))
    assert stopped.rebuilt and 0 < len(library.digests()) < 3
    report = sync(folder, library, other)
    assert report.rebuilt is None and len(report.unchanged) == len(stopped.updated)
    assert len(everything(library)[0]) == 3


# Progress and stopping


def after(times: int) -> Callable[[], bool]:
    """Says False that many times, then True."""
    left = iter([False] * times)
    return lambda: next(left, True)


def test_progress(folder: Path, library: Library) -> None:
    told: list[SyncProgress] = []
    sync(folder, library, HashEmbedder(), told.append)
    ids = ["harbour.txt", "market.txt", "old/bridge.md"]
    assert told == [
        *(SyncProgress(n, 3, id, "checking") for n, id in enumerate(ids)),
        *(SyncProgress(n, 3, id, "reading") for n, id in enumerate(ids)),
        SyncProgress(3, 3, "", "done"),
    ]
    told.clear()
    (folder / "market.txt").write_text("The market stays.\n")
    sync(folder, library, HashEmbedder(), told.append)
    assert told[3:] == [SyncProgress(0, 1, "market.txt", "reading"), SyncProgress(1, 1, "", "done")]


def test_stopping_reports_what_was_done(folder: Path, library: Library) -> None:
    told: list[SyncProgress] = []
    report = sync(folder, library, HashEmbedder(), told.append, after(5))  # 3 checks, then file and text of the first
    assert report.added == ("harbour.txt",) == tuple(library.digests())
    assert told[-1].phase == "reading"
    rest = sync(folder, library, HashEmbedder())
    assert (rest.added, rest.unchanged) == (("market.txt", "old/bridge.md"), ("harbour.txt",))


def test_stopping_in_the_middle_of_an_article_leaves_it_out(
    folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "EMBED_BATCH", 1)
    long = " ".join(f"Ship number {n} came in on Monday." for n in range(60))  # 4 passages
    (folder / "harbour.txt").write_text(long)
    embedder = Recorder()
    report = sync(folder, library, embedder, cancelled=after(6))
    assert len(embedder.texts) == report.embedded == 2
    assert library.digests() == {} and library.sweep() == ()


# Folders


def test_two_folders_in_one_data_folder(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "clippings"
    other.mkdir(parents=True)
    (other / "harbour.txt").write_text("Another harbour, another story.\n")
    with Library.open(folder, tmp_path / "data") as library:
        sync(folder, library, HashEmbedder())
        before = everything(library)
    with Library.open(other, tmp_path / "data") as library:
        assert counts(sync(other, library, HashEmbedder())) == (1, 0, 0, 0, 0)
    with Library.open(folder, tmp_path / "data") as library:
        assert counts(sync(folder, library, HashEmbedder())) == (0, 0, 0, 3, 0)
        assert everything(library) == before


def test_a_folder_that_moved_is_a_new_one(folder: Path, tmp_path: Path) -> None:
    with Library.open(folder, tmp_path / "data") as library:
        sync(folder, library, HashEmbedder())
        before = everything(library)
    moved = folder.rename(tmp_path / "moved")
    with Library.open(moved, tmp_path / "data") as library:
        assert counts(sync(moved, library, HashEmbedder())) == (3, 0, 0, 0, 0)
        assert everything(library) == before


def test_a_folder_that_cannot_be_opened_keeps_its_articles(
    folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync(folder, library, HashEmbedder())
    walk = os.walk

    def refuse(root: Path, onerror):  # type: ignore[no-untyped-def]
        onerror(PermissionError(13, "Permission denied", str(root / "old")))
        yield from (
            (at, [one for one in folders if one != "old"], files)
            for at, folders, files in walk(root)
            if at == str(root)
        )

    monkeypatch.setattr("rag.articles.folder.os.walk", refuse)
    (folder / "market.txt").unlink()
    (folder / "plan.doc").write_text("x")
    report = sync(folder, library, HashEmbedder())
    assert report.removed == ("market.txt",)
    assert set(library.digests()) == {"harbour.txt", "old/bridge.md"}
    assert [(one.article, one.reason) for one in report.unreadable] == [
        ("old/", "cannot be opened: permission denied; make it readable or move it; "
         "the articles read from it earlier (1) stay in the library.")
    ]  # fmt: skip
    told = doctor._articles(load_config(articles=folder, data=folder.parent))
    assert [finding.seen for finding in told if not finding.ok] == [
        "old/: cannot be opened: permission denied; make it readable or move it."
    ]
    assert [(one.article, one.reason) for one in report.passed_over] == [
        ("plan.doc", "old Word format: save it as .docx.")
    ]
