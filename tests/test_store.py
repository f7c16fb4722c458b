"""The library in Chroma: what is stored comes back, what is half done is never seen, what fails is one sentence."""

from __future__ import annotations

import json
import math
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rag import store
from rag.briefs.values import Appearance, Brief, Candidate, Dated, Named
from rag.domain import Mark, Passage, Span
from rag.errors import LibraryDamaged, LibraryError
from rag.records import date_number
from rag.store import Library
from tests.stored import TEXT, make_article, make_passages, put, unit


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Chroma server on a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("server")
    run = "from chromadb.cli.cli import app; app()"
    command = [sys.executable, "-c", run, "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    log = (folder / "log").open("wb")
    process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, start_new_session=True)
    try:
        deadline = time.monotonic() + 60
        while True:
            assert process.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()
            try:
                socket.create_connection(("127.0.0.1", port), 0.2).close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        log.close()


@pytest.fixture(params=["embedded", "server"])
def url(request: pytest.FixtureRequest) -> str | None:
    """Each test that takes this runs against both kinds of database."""
    return request.getfixturevalue("server") if request.param == "server" else None


@pytest.fixture
def library(tmp_path: Path, url: str | None) -> Iterator[Library]:
    with Library.open(tmp_path / "clippings", tmp_path / "data", chroma_url=url) as library:
        library.begin("mini", "cut")
        yield library


def reopen(library: Library, tmp_path: Path, url: str | None) -> Library:
    library.close()
    return Library.open(tmp_path / "clippings", tmp_path / "data", chroma_url=url)


# What is stored comes back


def test_everything_survives_closing(library: Library, tmp_path: Path, url: str | None) -> None:
    full = make_article(
        outlet="The Daily", author="A. Person", date="2024-01-31", url="https://example.org/a", section="News",
        marks=(Mark(0, 13, "heading"), Mark(67, 83, "credit")),
    )  # fmt: skip
    bare = make_article("sub folder/b#1.txt", TEXT + "\0 “ж” 🙂", "d2", title_given=False)
    passages = put(library, full) + put(library, bare)
    revision = library.revision

    with reopen(library, tmp_path, url) as again:
        assert again.articles() == [full, bare]
        assert again.article(full.id) == full and again.article(bare.id) == bare
        assert again.passages() == sorted(passages, key=lambda p: (p.article, p.start))
        assert again.digests() == {full.id: "d1", bare.id: "d2"}
        assert again.fingerprint() == ("mini", "cut")
        assert again.revision == revision
        contents = again.contents()
        assert (contents.revision, list(contents.articles)) == (revision, [full, bare])
        assert list(contents.passages) == again.passages()
        assert all(full.quote(p.span) == p.text for p in again.passages() if p.article == full.id)


def test_a_brief_comes_back_as_it_was_and_goes_with_its_article(
    library: Library, tmp_path: Path, url: str | None
) -> None:
    first, second = Span(14, 47), Span(48, 66)
    full = Brief(
        summary=(second, first),
        usual=3,
        gist=first,
        events=(Dated(first, "on Monday", None), Dated(second, "in “2024”", (2024, 0, 0))),
        figures=(second,),
        countries=(Named("Norway", "Norway", (first,)),),
        organisations=(Named("UN", "UN", (first, second)),),
        places=(Named("oslo", "Oslo", ()),),
        people=(Appearance("Åsa Berg", None, 2), Appearance("a clerk", "clerk", 0, False, True, (0, 2), first, "role")),
        candidates=(Candidate("Zolvo", 1, (second,)),),
    )
    put(library, make_article(), brief=full)
    put(library, make_article("bare.txt"))
    put(library, make_article("empty.txt"), brief=Brief())
    with reopen(library, tmp_path, url) as again:
        assert again.contents().briefs == {"harbour.txt": full, "empty.txt": Brief()}
        put(again, make_article(digest="d2"), brief=replace(full, gist=None))
        assert again.contents().briefs["harbour.txt"].gist is None
        again.remove("harbour.txt")
        assert again.contents().briefs == {"empty.txt": Brief()}


def test_a_changed_brief_is_noticed(library: Library) -> None:
    put(library, make_article(), brief=Brief(usual=3))
    row = library._articles.get(ids=["harbour.txt"])["metadatas"][0]  # type: ignore[index]
    library._articles.update(ids=["harbour.txt"], metadatas=[{**row, "brief": str(row["brief"]).replace("3", "4")}])
    with pytest.raises(LibraryDamaged, match="not as it was written"):
        library.contents()


def test_an_empty_library_answers_with_nothing(library: Library) -> None:
    assert library.articles() == library.passages() == library.nearest(unit(1, 0, 0), 5) == []
    assert library.article("harbour.txt") is None
    assert library.digests() == {}


def test_an_article_without_passages_is_stored(library: Library) -> None:
    library.replace(make_article(text="Home »", digest="e"), [], [])
    assert library.digests() == {"harbour.txt": "e"}
    assert library.passages() == []


def test_nearest_gives_cosine_similarity_best_first(library: Library) -> None:
    passages = put(library, make_article())
    asked = unit(1, 0, 0.2)
    found = library.nearest(asked, 2)
    assert [id for id, _ in found] == [passages[2].id, passages[1].id]
    assert found[0][1] == pytest.approx(1.0, abs=1e-5)
    assert found[1][1] == pytest.approx((1 + 0.1 * 0.2) / math.sqrt(1.01 * 1.04), abs=1e-5)  # by hand
    assert all(similarity <= 1 for _, similarity in found)


def test_nearest_gives_all_there_is_and_nothing_when_nothing_is_asked_for(library: Library) -> None:
    passages = put(library, make_article())
    assert [id for id, _ in library.nearest(unit(1, 0, 0), 99)] == [p.id for p in passages]
    assert library.nearest(unit(1, 0, 0), 0) == []


def test_reading_and_writing_go_in_pages(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "PAGE", 3)
    monkeypatch.setattr(store, "WRITE_BATCH", 2)
    articles = [make_article(f"{n}.txt", digest=str(n)) for n in range(4)]
    for article in articles:
        put(library, article)
    assert [a.id for a in library.articles()] == [a.id for a in articles]
    assert len({p.id for p in library.passages()}) == 12
    assert len(library.nearest(unit(1, 0, 0), 99)) == 12


# Changing it


def test_replacing_leaves_nothing_of_the_old(library: Library) -> None:
    put(library, make_article())
    before = library.revision
    changed = make_article(text="Harbour shuts\nNo word of why.", digest="d2")
    passage = Passage(changed.id, 0, 29, changed.text, "body", (Span(0, 13), Span(14, 29)))
    library.replace(changed, [passage], [unit(0, 1, 0)])
    assert library.articles() == [changed]
    assert library.passages() == [passage]
    assert [id for id, _ in library.nearest(unit(1, 0, 0), 9)] == [passage.id]
    assert library.revision != before


def test_the_same_span_gets_its_new_vector(library: Library) -> None:
    put(library, make_article())
    put(library, make_article(digest="d2"), tilt=9.0)
    assert library.nearest(unit(1, 9, 0), 1)[0][1] == pytest.approx(1.0, abs=1e-5)


def test_removed_articles_never_show_up(library: Library, tmp_path: Path, url: str | None) -> None:
    put(library, make_article())
    put(library, make_article("other.txt"))
    library.remove("harbour.txt")
    library.remove("never-there.txt")
    with reopen(library, tmp_path, url) as again:
        assert list(again.digests()) == ["other.txt"] == [a.id for a in again.articles()]
        assert again.article("harbour.txt") is None
        assert {p.article for p in again.passages()} == {"other.txt"}
        assert {id.split("#")[0] for id, _ in again.nearest(unit(1, 0, 0), 99)} == {"other.txt"}
        assert again.sweep() == ()


def test_an_interrupted_replace_is_invisible_and_swept(
    library: Library, tmp_path: Path, url: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(library, make_article("whole.txt"))
    put(library, make_article())
    add = Library._add

    def die_before_the_record(self: Library, collection: object, rows: object) -> None:
        if collection is self._articles:
            raise KeyboardInterrupt
        add(self, collection, rows)  # type: ignore[arg-type]

    monkeypatch.setattr(Library, "_add", die_before_the_record)
    with pytest.raises(KeyboardInterrupt):
        put(library, make_article(digest="d2"))
    monkeypatch.undo()

    def only_whole(seen: Library) -> None:
        assert list(seen.digests()) == ["whole.txt"] == [a.id for a in seen.articles()]
        assert {p.article for p in seen.passages()} == {"whole.txt"}
        # The half-written article's vectors are among the nearest; the whole one's three must all be found behind them.
        assert [id.split("#")[0] for id, _ in seen.nearest(unit(1, 0, 0), 3)] == ["whole.txt"] * 3

    only_whole(library)
    with reopen(library, tmp_path, url) as again:
        only_whole(again)
        assert again.sweep() == ("harbour.txt",)
        assert again.sweep() == ()
        assert again._passages.count() == 3
        only_whole(again)


def test_an_article_that_lost_passages_is_swept_too(library: Library) -> None:
    put(library, make_article())
    library._passages.delete(ids=["harbour.txt#48-66"])
    assert library.sweep() == ("harbour.txt",)
    assert library.digests() == {}


def test_vectors_of_two_embedders_are_never_mixed(library: Library, tmp_path: Path, url: str | None) -> None:
    put(library, make_article())
    library.begin("mini", "cut")  # the same: nothing happens
    with pytest.raises(LibraryError, match="clear it first"):
        library.begin("maxi", "cut")
    assert library.digests()
    library.clear()
    assert library.fingerprint() is None and library.digests() == {} and library.passages() == []
    with pytest.raises(LibraryError, match="begin"):
        library.replace(make_article(), [], [])
    library.begin("maxi", "cut")
    passage = make_passages(make_article())[0]
    library.replace(make_article(), [passage], [[0.6, 0.8]])  # vectors of another length
    with reopen(library, tmp_path, url) as again:
        assert again.fingerprint() == ("maxi", "cut")
        assert again.nearest([0.6, 0.8], 5) == [(passage.id, pytest.approx(1.0, abs=1e-5))]


def test_what_a_killed_run_left_does_not_get_in_the_way_of_another_embedder(
    library: Library, tmp_path: Path, url: str | None
) -> None:
    put(library, make_article())
    library._client.delete_collection(library._articles.name)  # as if killed in the middle of clear()
    with reopen(library, tmp_path, url) as again:
        assert again.fingerprint() is None and again.digests() == {} and again.nearest(unit(1, 0, 0), 3) == []
        again.begin("maxi", "cut")
        again.replace(make_article(), make_passages(make_article())[:1], [[1.0, 0.0]])
        assert len(again.nearest([1.0, 0.0], 9)) == 1


def test_another_format_of_records_is_another_fingerprint(
    library: Library, tmp_path: Path, url: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(library, make_article())
    monkeypatch.setattr("rag.records.FORMAT", 99)
    with reopen(library, tmp_path, url) as again:
        assert again.fingerprint() == ("mini", "cut, library format 3")
        assert again.digests() == {} and again.articles() == []
        again.begin("mini", "cut")
        assert again.fingerprint() == ("mini", "cut")


def as_format_1(library: Library) -> None:
    """Make it look as the first Footnote left it: sentences had a collection, articles counted both kinds."""
    sentences = store._collection(library._client, f"{library._prefix}-sentences")
    sentences.add(ids=["harbour.txt#0-13"], embeddings=[unit(1, 0, 0)], metadatas=[{"article": "harbour.txt"}])
    rows = library._articles.get(include=["documents", "metadatas", "embeddings"])
    data = [{"passage": 3, "sentence": 1} | {k: v for k, v in d.items() if k != "passages"} for d in rows["metadatas"]]
    library._articles.delete(ids=rows["ids"])
    library._articles.add(rows["ids"], rows["embeddings"], data, rows["documents"])
    library._articles.modify(metadata={"format": 1, "embedder": "mini", "passages": "cut"})


@pytest.mark.parametrize("killed", [False, True])
def test_a_library_of_format_1_is_made_anew_and_leaves_no_sentences(
    library: Library, tmp_path: Path, url: str | None, killed: bool
) -> None:
    put(library, make_article())
    as_format_1(library)
    with reopen(library, tmp_path, url) as again:
        assert again.fingerprint() == ("mini", "cut, library format 1")
        assert again.digests() == {} and again.passages() == again.nearest(unit(1, 0, 0), 3) == []
        if killed:  # in the middle of clear()
            again._client.delete_collection(again._articles.name)
    with reopen(again, tmp_path, url) as again:
        again.begin("mini", "cut")
        stored = {collection.name for collection in again._client.list_collections()}
        assert {name for name in stored if name.startswith(again._prefix)} == {
            f"{again._prefix}-articles",
            f"{again._prefix}-passages",
        }
        assert again.passages() == [] and put(again, make_article()) == again.passages()


def test_too_few_vectors_are_refused_before_anything_is_lost(library: Library) -> None:
    put(library, make_article())
    with pytest.raises(LibraryError, match="3 passages but 1 vectors"):
        library.replace(make_article(digest="d2"), make_passages(make_article()), [unit(1, 0, 0)])
    assert library.digests() == {"harbour.txt": "d1"}


def test_revision_follows_content_only(library: Library) -> None:
    empty = library.revision
    put(library, make_article())
    one = library.revision
    put(library, make_article("b.txt"))
    assert len({empty, one, library.revision}) == 3
    library.remove("b.txt")
    assert library.revision == one


def test_searching_goes_on_while_another_thread_writes(library: Library) -> None:
    put(library, make_article("kept.txt"))
    problems: list[BaseException] = []
    finished = threading.Event()

    def write() -> None:
        try:
            for n in range(8):
                put(library, make_article("moving.txt", digest=str(n)))
            library.clear()
            library.begin("mini", "cut")
        except BaseException as error:
            problems.append(error)
        finally:
            finished.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not finished.is_set():
        contents = library.contents()
        ids = {a.id for a in contents.articles}
        assert {p.article for p in contents.passages} == ids
        assert {id.split("#")[0] for id, _ in library.nearest(unit(1, 0, 0), 99)} <= {"kept.txt", "moving.txt"}
    writer.join()
    assert problems == []


# Where it is kept


def test_each_folder_has_a_library_of_its_own(tmp_path: Path, url: str | None) -> None:
    one, two = tmp_path / "a" / "news", tmp_path / "b" / "news"
    for folder in (one, two):
        with Library.open(folder, tmp_path / "data", chroma_url=url) as library:
            library.begin("mini", "cut")
            put(library, make_article(f"{folder.parent.name}.txt"))
    with Library.open(two, tmp_path / "data", chroma_url=url) as library:
        library.clear()
    with Library.open(one, tmp_path / "data", chroma_url=url) as library:
        assert list(library.digests()) == ["a.txt"]
        assert len(library.nearest(unit(1, 0, 0), 9)) == 3


def test_the_collections_say_what_they_are(tmp_path: Path) -> None:
    with Library.open(tmp_path / "clippings", tmp_path / "data") as library:
        library.begin("mini", "cut")
        put(library, make_article(date="2024-01-31"))
        assert library._articles.metadata == {"format": 3, "embedder": "mini", "passages": "cut"}
        assert library._passages.configuration["hnsw"]["space"] == "cosine"  # type: ignore[index]
        assert library._articles.get(where={"date_number": {"$gte": 20240101}})["ids"] == ["harbour.txt"]
        stored = library._passages.get(ids=["harbour.txt#0-47"])["metadatas"]
        assert stored is not None and json.loads(str(stored[0]["sentences"])) == [[0, 13], [14, 47]]


@pytest.mark.parametrize(
    ("date", "number"), [("2024-01-31", 20240131), ("2024-01", None), ("2024", None), (None, None), ("soon", None)]
)
def test_date_number(date: str | None, number: int | None) -> None:
    assert date_number(date) == number


def test_telemetry_is_off(tmp_path: Path) -> None:
    with Library.open(tmp_path / "clippings", tmp_path / "data") as library:
        assert library._client._system.settings.anonymized_telemetry is False
