"""What fails in the library's database is one sentence, and can be mended."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from rag.domain import Passage
from rag.errors import LibraryDamaged, LibraryError
from rag.store import Library, lock
from tests.stored import ROOT, make_article, put, sentence_of, unit


@pytest.mark.parametrize("damage", [b"garbage" * 2000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_database_says_how_to_rebuild_and_can_be_rebuilt(tmp_path: Path, damage: bytes) -> None:
    with Library.open(tmp_path / "clippings", tmp_path / "data") as library:
        library.begin("mini", "cut")
        put(library, make_article())
    folder = tmp_path / "data" / "library"
    (folder / "chroma.sqlite3").write_bytes(damage)
    with pytest.raises(LibraryError) as error:
        Library.open(tmp_path / "clippings", tmp_path / "data")
    sentence_of(error, str(folder), "doctor --repair")
    for file in sorted(folder.rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    folder.rmdir()
    # In the same process: Chroma remembers the client that failed, and must not hand it out again.
    with Library.open(tmp_path / "clippings", tmp_path / "data") as library:
        assert library.fingerprint() is None


def test_damaged_vectors_say_so(tmp_path: Path) -> None:
    with Library.open(tmp_path / "clippings", tmp_path / "data") as library:
        library.begin("mini", "cut")
        article = make_article()
        chance = random.Random(1)
        passages = [Passage(article.id, n, n + 1, "x") for n in range(1200)]
        vectors = [unit(*(chance.gauss(0, 1) for _ in range(8))) for _ in passages]
        library.replace(article, passages, vectors)  # enough for Chroma to write its index to files
        assert len(library.nearest(vectors[0], 2000)) == 1200
    for file in (tmp_path / "data" / "library").glob("*/*"):
        file.write_bytes(b"garbage")
    with pytest.raises(LibraryDamaged) as damage:
        Library.open(tmp_path / "clippings", tmp_path / "data")
    sentence_of(damage, "is not as it was written", "doctor --repair")
    (tmp_path / "data" / "library" / "seal.json").unlink()  # as a killed process leaves it
    with Library.open(tmp_path / "clippings", tmp_path / "data") as library:
        with pytest.raises(LibraryError) as error:
            library.nearest(vectors[0], 5)
        sentence_of(error, "could not be searched", "doctor --repair")


@pytest.mark.skipif(sys.platform == "win32", reason="limits the size of files by setrlimit")
def test_a_full_disk_is_one_sentence_and_loses_only_the_article_in_hand(tmp_path: Path) -> None:
    with Library.open(tmp_path / "clippings", tmp_path / "data") as library:
        library.begin("mini", "cut")
        put(library, make_article())
    code = """if True:
        import resource, signal, sys, pathlib
        from tests import stored as t
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        folder = pathlib.Path(sys.argv[1])
        with t.Library.open(folder / "clippings", folder / "data") as library:
            size = (folder / "data/library/chroma.sqlite3").stat().st_size
            resource.setrlimit(resource.RLIMIT_FSIZE, (size + 4096, size + 4096))
            try:
                library.replace(t.make_article("big.txt", "x" * 3_000_000), [], [])
            except t.LibraryError as error:
                print(error)
            print(sorted(library.digests()))
    """
    run = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    message, digests = run.stdout.splitlines()
    assert "new and changed articles are not read" in message and digests == "['harbour.txt']"
    with Library.open(tmp_path / "clippings", tmp_path / "data") as library:
        assert list(library.digests()) == ["harbour.txt"]


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(LibraryError) as error:
        Library.open(tmp_path / "clippings", tmp_path / "data", chroma_url=url)
    sentence_of(error, url, "FOOTNOTE_CHROMA_URL")
    lock(tmp_path / "data").release()  # nothing is held after a failure


def test_using_a_closed_library_is_an_error_of_ours(tmp_path: Path) -> None:
    library = Library.open(tmp_path / "clippings", tmp_path / "data")
    library.close()
    library.close()
    with pytest.raises(LibraryError, match="closed"):
        library.passages()


def test_a_closed_library_is_neither_sealed_again_nor_opened_once_more(tmp_path: Path) -> None:
    library = Library.open(tmp_path / "clippings", tmp_path / "data")
    library.close()
    library.seal()
    with pytest.raises(LibraryError, match="in the middle"):
        library.rescue(LibraryError("It was closed in the middle of a sync."))
    lock(tmp_path / "data").release()


MEMORY = b"Authorization: Basic "


def test_memory_that_was_never_written_to_is_not_kept(tmp_path: Path) -> None:
    """hnswlib writes room for 100 vectors; what stands where no vector is must not be told, what a vector is kept."""
    with Library.open(tmp_path / "articles", tmp_path) as library:
        library.begin("e", "p")
        put(library, make_article())
        library.seal()
        before = library.nearest(unit(1, 0, 0.1), 10)
        files = [file for name in ("data_level0.bin", "length.bin") for file in tmp_path.rglob(name)]
        assert len(before) == 3 and len(files) == 4
        for file in files:  # As if the system had given memory that something else had been in.
            with file.open("r+b") as stream:
                stream.seek(-len(MEMORY), 2)
                stream.write(MEMORY)
        put(library, make_article("second.txt"))
        library.seal()
        assert not [file for file in files if MEMORY in file.read_bytes()]
        library.remove("second.txt")
        assert library.nearest(unit(1, 0, 0.1), 10) == before


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
def test_the_library_is_its_owners_alone(tmp_path: Path) -> None:
    with Library.open(tmp_path / "articles", tmp_path / "data"):
        assert (tmp_path / "data" / "library").stat().st_mode & 0o077 == 0
