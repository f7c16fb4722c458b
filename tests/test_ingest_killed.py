"""A sync that is killed at any moment leaves nothing half done to be seen, and the next one goes on from there."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rag.ingest import sync
from rag.models.scripted import HashEmbedder
from rag.store import Library
from tests.stored import ROOT, everything

SEEDS = ROOT / "seeds"

SYNC_THAT_WAITS = """if True:
    import sys, time
    from pathlib import Path
    from rag.ingest import sync
    from rag.models.scripted import HashEmbedder
    from rag.store import Library

    folder, data, moment, left = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])

    def reached(what):
        global left
        left -= what == moment
        if left == 0:
            print("now", flush=True)
            time.sleep(600)

    class Embedder(HashEmbedder):
        def embed(self, texts):
            reached("embedding")
            return super().embed(texts)

    with Library.open(folder, data) as library:
        add = library._add
        def noted(collection, rows):
            kind = collection.name.split("-")[-1]
            add(collection, rows[:1])
            reached("begun " + kind)
            add(collection, rows[1:])
            reached("written " + kind)
        library._add = noted
        sync(folder, library, Embedder())
"""


def kill_at(moment: str, times: int, folder: Path, data: Path) -> None:
    """Sync in another process and kill it (SIGKILL) when it has come to ``moment`` so many times."""
    command = [sys.executable, "-c", SYNC_THAT_WAITS, str(folder), str(data), moment, str(times)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "now\n", "the sync ended before it could be killed"
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    ("moment", "times"),
    [
        ("embedding", 3),
        ("begun passages", 2),  # the others and the article itself are not there
        ("written passages", 2),  # all is there but the article's own record
    ],
)
def test_a_killed_sync_recovers(tmp_path: Path, moment: str, times: int) -> None:
    folder = shutil.copytree(SEEDS, tmp_path / "seeds")
    kill_at(moment, times, folder, tmp_path / "data")
    with Library.open(folder, tmp_path / "data") as library:
        done = len(library.digests())
        assert 0 < done < 5
        assert {p.article for p in library.passages()} == set(library.digests())
        report = sync(folder, library, HashEmbedder())
        assert (len(report.unchanged), len(report.added)) == (done, 5 - done)
        recovered, briefs = everything(library), library.contents().briefs
        stored = library._passages.count()
    with Library.open(folder, tmp_path / "clean") as library:
        sync(folder, library, HashEmbedder())
        assert everything(library) == recovered
        assert library.contents().briefs == briefs and len(briefs) == 5
        assert library._passages.count() == stored  # no orphans


def test_what_was_left_of_an_article_that_is_gone_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    folder = shutil.copytree(SEEDS, tmp_path / "seeds")
    with Library.open(folder, tmp_path / "data") as library:
        with monkeypatch.context() as broken:
            broken.setattr("rag.records.article_record", die)
            with pytest.raises(KeyboardInterrupt):
                sync(folder, library, HashEmbedder())
        min(folder.glob("*.txt")).unlink()  # the one that was being written
        sync(folder, library, HashEmbedder())
        assert library._passages.count() == len(everything(library)[1])
        assert library.sweep() == ()
