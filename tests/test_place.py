"""Where a library is kept: locks, names, addresses."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from rag.errors import LibraryBusy, LibraryError
from rag.place import Place, collection_prefix
from rag.store import Library, LibraryLock, lock
from tests.stored import ROOT, sentence_of


def test_collection_prefixes_can_be_read_and_told_apart(tmp_path: Path) -> None:
    prefix = collection_prefix(tmp_path / "My Clippings (2024)")
    assert re.fullmatch(r"my-clippings-2024-[0-9a-f]{8}", prefix)
    assert collection_prefix(tmp_path / "x" / ".." / "My Clippings (2024)") == prefix
    assert collection_prefix(tmp_path / "my clippings 2024") != prefix
    for odd in ("新闻", "_", "x" * 200):
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]{1,48}[0-9a-f]", collection_prefix(tmp_path / odd))


def test_only_one_at_a_time(tmp_path: Path) -> None:
    with Library.open(tmp_path / "clippings", tmp_path / "data"):
        with pytest.raises(LibraryBusy) as busy:
            Library.open(tmp_path / "other", tmp_path / "data")
        assert str(tmp_path / "data") in str(busy.value) and "--data" in str(busy.value)
    Library.open(tmp_path / "clippings", tmp_path / "data").close()  # the lock has been given back


def test_another_process_is_kept_out_and_a_killed_one_leaves_no_lock(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib, time; from rag.store import lock; l = lock(pathlib.Path(sys.argv[1])); print(flush=True)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code + "; time.sleep(60)", str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(LibraryBusy):
            lock(tmp_path)
        with pytest.raises(LibraryBusy):
            Library.open(tmp_path / "clippings", tmp_path)
    finally:
        holder.kill()
        holder.wait()
    lock(tmp_path, timeout=5).release()


def test_a_lock_that_the_caller_holds_is_used_and_left(tmp_path: Path) -> None:
    with lock(tmp_path / "data") as held:
        Library.open(tmp_path / "clippings", tmp_path / "data", lock=held).close()
        with pytest.raises(LibraryBusy):
            lock(tmp_path / "data")
    lock(tmp_path / "data").release()


def test_a_lock_can_be_taken_in_one_thread_and_released_in_another(tmp_path: Path) -> None:
    held = LibraryLock(tmp_path)
    held.acquire()
    held.acquire()
    thread = threading.Thread(target=held.release)
    thread.start()
    thread.join()
    held.release()
    lock(tmp_path).release()


def test_waiting_for_the_lock(tmp_path: Path) -> None:
    held = lock(tmp_path)
    threading.Timer(0.3, held.release).start()
    lock(tmp_path, timeout=10).release()


def test_a_data_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for place in (tmp_path / "file", tmp_path / "file" / "data"):
        with pytest.raises(LibraryError) as error:
            Library.open(tmp_path / "clippings", place)
        sentence_of(error, str(place), "--data")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_data_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(LibraryError) as error:
        Library.open(tmp_path / "clippings", tmp_path / "data")
    tmp_path.chmod(0o700)
    sentence_of(error, "--data")


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://host", "http://", "http://host:port", "http://host/path"])
def test_an_address_that_is_none(tmp_path: Path, url: str) -> None:
    with pytest.raises(LibraryError) as error:
        Library.open(tmp_path / "clippings", tmp_path / "data", chroma_url=url)
    sentence_of(error, url, "http://127.0.0.1:8000")


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("http://host", "http://host:8000"),
        ("https://host/", "https://host:443"),
        ("http://[::1]:9", "http://[::1]:9"),
    ],
)
def test_the_port_of_a_server(tmp_path: Path, given: str, meant: str) -> None:
    assert Place.of(tmp_path, given).url == meant


def test_importing_and_locking_load_nothing_heavy(tmp_path: Path) -> None:
    code = """if True:
        import sys, pathlib
        from rag.store import lock
        lock(pathlib.Path(sys.argv[1])).release()
        print([name for name in ("chromadb", "numpy", "torch", "llama_index", "gradio") if name in sys.modules])
    """
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
