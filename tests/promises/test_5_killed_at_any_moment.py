"""Promise 5: killed at any moment, on a failing disk, with damaged files: nothing half, nothing wrong, and it is said.

What each attack covers: SIGKILL ends the process (not the machine: what the system has taken from it is kept); the
preloaded shim refuses what Python, Rust, SQLite and C++ write through libc (not what the kernel loses later); the small
file system is really full, and really read-only.
"""

from __future__ import annotations

import errno
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rag import doctor, running
from rag import loading as loading_room
from rag.config import load_config
from rag.errors import LibraryBusy, LibraryDamaged, LibraryError
from rag.ingest import sync
from rag.models.scripted import HashEmbedder
from rag.place import LibraryLock, lock
from rag.store import Library
from tests.conftest import SEEDS, Assemble
from tests.promises.conftest import Effort, Report
from tests.promises.crashing import NEVER, Nursery

QUESTION = "Who met Yang Jiechi in Rome?"
ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES)
SHOWN = ("digests", "cited")
"""What must be the same to the letter; vectors may miss a rounding error."""

needs_compiler = pytest.mark.skipif(
    shutil.which("cc") is None or not sys.platform.startswith("linux"),
    reason="no C compiler, or no LD_PRELOAD: faults cannot be put below Rust",
)


@dataclass(frozen=True)
class Case:
    """A library of the articles as they were, the folder as it is now, and what a clean build of that shows."""

    folder: Path
    data: Path
    rebuild: bool
    stays: frozenset[str]
    """Articles that must be answerable throughout."""
    clean: dict[str, Any]
    seconds: float
    writes: int

    def order(self, data: Path) -> dict[str, Any]:
        return {"folder": str(self.folder), "data": str(data), "rebuild": self.rebuild}


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("killed")


@pytest.fixture(scope="module")
def nursery(workplace: Path) -> Iterator[Nursery]:
    able = shutil.which("cc") is not None and sys.platform.startswith("linux")
    with Nursery(workplace, faults=able) as nursery:
        yield nursery


@pytest.fixture(scope="module")
def cases(workplace: Path, nursery: Nursery) -> dict[str, Case]:
    """Changed, added and removed articles; articles removed only; all read anew, since the embedder is another."""

    def change(folder: Path) -> None:
        first, second, *_ = sorted(folder.glob("*.txt"))
        first.write_text(first.read_text(encoding="utf-8") + "\n\nThe mayor opened the bridge.\n", encoding="utf-8")
        second.unlink()
        (folder / "new.txt").write_text("Harbour opens\n\nThe new harbour opened on Monday.\n", encoding="utf-8")

    def remove(folder: Path) -> None:
        for file in sorted(folder.glob("*.txt"))[:3]:
            file.unlink()

    changes: dict[str, Callable[[Path], None]] = {"sync": change, "removal": remove, "rebuild": lambda _: None}
    return {name: _case(workplace / name, nursery, name, apply) for name, apply in changes.items()}


ENOUGH = 2_500
"""Characters of each article: some 45 passages in all, whose index is written out twice."""


def _case(place: Path, nursery: Nursery, name: str, apply: Callable[[Path], None]) -> Case:
    folder = place / "articles"
    folder.mkdir(parents=True)
    for file in SEEDS.glob("*.txt"):  # Their beginnings: more moments can be tried in the same time.
        (folder / file.name).write_text(file.read_text(encoding="utf-8")[:ENOUGH], encoding="utf-8")
    rebuild = name == "rebuild"
    before = nursery.run("sync", folder=str(folder), data=str(place / "data"))["digests"]
    apply(folder)
    clean = nursery.run("sync", folder=str(folder), data=str(place / "clean"), rebuild=rebuild)
    shutil.copytree(place / "data", place / "counted")
    order = {"folder": str(folder), "data": str(place / "counted"), "rebuild": rebuild}
    counted = nursery.run("sync", **order, **(fault(0, NEVER) if shutil.which("cc") else {}))
    stays = frozenset() if rebuild else frozenset(before.items() & clean["digests"].items())
    return Case(
        folder=folder,
        data=place / "data",
        rebuild=rebuild,
        stays=frozenset(id for id, _ in stays),
        clean=clean,
        seconds=counted["seconds"],
        writes=counted.get("writes", 0),
    )


def fault(number: int, nth: int, *, lasting: bool = True) -> dict[str, Any]:
    return {"errno": number, "nth": nth, "lasting": int(lasting)}


def copied(case: Case, place: Path) -> Path:
    shutil.rmtree(place, ignore_errors=True)
    return shutil.copytree(case.data, place)


def same(answer: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two libraries show the same articles, passages, statements and vectors, and find the same."""
    near = all(answer[what] == pytest.approx(other[what], abs=1e-5) for what in ("found", "vectors"))
    return near and all(answer[what] == other[what] for what in SHOWN)


def recovers(nursery: Nursery, case: Case, data: Path) -> None:
    """What is there can be answered from, and a sync makes it what a clean build is."""
    left = nursery.run("read", folder=str(case.folder), data=str(data))
    assert "traceback" not in left and not left["error"] and not left["signal"], left
    assert case.stays <= left["digests"].keys()
    again = nursery.run("sync", **case.order(data))
    assert not again["error"] and same(again, case.clean)


@pytest.mark.parametrize("name", ["sync", "removal", "rebuild"])
def test_killed_at_any_moment(
    name: str, cases: dict[str, Case], nursery: Nursery, tmp_path: Path, effort: Effort, report: Report
) -> None:
    case, chance, killed = cases[name], random.Random(name), 0
    tries = effort(7, 100)
    for _ in range(tries):
        data = copied(case, tmp_path / "data")
        answer = nursery.run("sync", kill_after=chance.uniform(0, case.seconds), **case.order(data))
        killed += answer["signal"] == 9
        recovers(nursery, case, data)
    assert killed > tries // 2
    report(tries=tries, killed=killed, lost=0)


@needs_compiler
@pytest.mark.parametrize("name", ["sync", "removal", "rebuild"])
def test_a_disk_that_refuses_any_write(
    name: str, cases: dict[str, Case], nursery: Nursery, tmp_path: Path, effort: Effort, report: Report
) -> None:
    case, chance = cases[name], random.Random(name)
    assert case.writes > 50  # the shim sees what Chroma writes
    figures: Counter[str] = Counter()
    for nth in sorted(chance.sample(range(case.writes), min(effort(6, 200), case.writes))):
        data = copied(case, tmp_path / "data")
        number, lasting = chance.choice(ERRORS), chance.random() < 0.7
        answer = nursery.run("sync", **case.order(data), **fault(number, nth, lasting=lasting))
        assert "traceback" not in answer and not answer["signal"], answer
        assert not answer["error"] or "\n" not in answer["error"]
        assert case.stays <= answer.get("digests", {}).keys(), (nth, number, lasting, answer.get("error"))
        recovers(nursery, case, data)
        figures.update(faults=1, said=bool(answer["error"]), unharmed=not answer["error"])
    report(**figures, writes=case.writes)


DAMAGE: dict[str, Callable[[Path, random.Random], None]] = {
    "flipped": lambda file, chance: _flip(file, chance),
    "cut": lambda file, chance: file.write_bytes(file.read_bytes()[: chance.randrange(max(1, file.stat().st_size))]),
    "zeros": lambda file, _: file.write_bytes(bytes(file.stat().st_size)),
    "deleted": lambda file, _: file.unlink(),
}


def _flip(file: Path, chance: random.Random) -> None:
    content = bytearray(file.read_bytes())
    if content:
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    file.write_bytes(content)


def test_damage_to_any_file_is_noticed_or_does_no_harm(
    cases: dict[str, Case], nursery: Nursery, tmp_path: Path, effort: Effort, report: Report
) -> None:
    case, chance = cases["rebuild"], random.Random(5)
    whole = nursery.run("read", folder=str(case.folder), data=str(copied(case, tmp_path / "data")))
    figures: Counter[str] = Counter()
    for file in sorted(f.relative_to(case.data) for f in case.data.rglob("*") if f.is_file()):
        for kind, damage in DAMAGE.items():
            for _ in range(effort(3, 60) if kind == "flipped" else effort(1, 5) if kind == "cut" else 1):
                data = copied(case, tmp_path / "data")
                before = (data / file).read_bytes()
                damage(data / file, chance)
                if (data / file).exists() and (data / file).read_bytes() == before:
                    continue
                answer = nursery.run("read", folder=str(case.folder), data=str(data))
                assert "traceback" not in answer and not answer["signal"], (file, kind, answer)
                if answer["error"]:
                    assert "doctor --repair" in answer["error"], (file, kind, answer)
                else:
                    assert same(answer, whole), (file, kind)
                figures.update(tried=1, noticed=bool(answer["error"]), harmless=not answer["error"])
    assert figures["noticed"] > figures["harmless"]
    report(**figures)


def test_a_text_changed_where_no_seal_is_is_noticed_when_read(tmp_path: Path) -> None:
    import sqlite3

    with Library.open(SEEDS, tmp_path) as library:
        sync(SEEDS, library, HashEmbedder())
    (tmp_path / "library" / "seal.json").unlink()
    with sqlite3.connect(tmp_path / "library" / "chroma.sqlite3") as database:
        changed = database.execute(
            "UPDATE embedding_metadata SET string_value = replace(string_value, 'seven', 'eight') "
            "WHERE key = 'chroma:document' AND string_value LIKE '%seven%'"
        )
        assert changed.rowcount > 0
    database.close()
    with Library.open(SEEDS, tmp_path) as library, pytest.raises(LibraryError, match="not as it was written"):
        library.contents()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB, where one may be mounted."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    command = [mount or "mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)]
    if mount is None or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("no file system may be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def answers(assemble: Assemble, data: Path, folder: Path = SEEDS) -> tuple[str, str | None]:
    with assemble(data=data, articles=folder, model="none") as assistant:
        *_, last = assistant.ask(QUESTION)
        return last.text, assistant.status().problem


def test_a_full_disk_stops_no_answers(assemble: Assemble, small_disk: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(SEEDS, tmp_path / "articles")
    wanted, problem = answers(assemble, small_disk / "data", folder)
    assert wanted and problem is None
    (folder / "new.txt").write_text("Harbour opens\n\nThe new harbour opened on Monday.\n", encoding="utf-8")
    with (small_disk / "filler").open("wb", buffering=0) as filler, suppress(OSError):
        while True:  # until the disk is full
            filler.write(bytes(4096))
    text, problem = answers(assemble, small_disk / "data", folder)
    assert text == wanted
    assert problem is not None and problem.startswith("The disk is full: new and changed articles are not read")
    (small_disk / "filler").unlink()
    assert answers(assemble, small_disk / "data", folder)[1] is None


def test_a_read_only_folder_stops_no_answers_and_shows_nothing_that_has_been_withdrawn(
    assemble: Assemble, small_disk: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(SEEDS, tmp_path / "articles")
    answers(assemble, small_disk / "data", folder)
    gone = max(folder.glob("*.txt"))
    gone.unlink()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    text, problem = answers(assemble, small_disk / "data", folder)
    assert text and problem is not None and "cannot be written (Read-only file system)" in problem
    with assemble(data=small_disk / "data", articles=folder, model="none") as assistant:
        assert len(assistant.articles()) == 4 and assistant.article(gone.name) is None


def test_a_data_folder_that_vanishes_stops_no_answers(assemble: Assemble, tmp_path: Path) -> None:
    with assemble(data=tmp_path / "data", model="none") as assistant:
        *_, before = assistant.ask(QUESTION)
        shutil.rmtree(tmp_path / "data")
        *_, after = assistant.ask(QUESTION)
        assert after.text == before.text and not after.error


def test_a_note_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    note = running.Running("http://127.0.0.1:1", str(SEEDS), "none")
    running.announce(tmp_path / "file", note)
    running.announce(tmp_path / "file" / "data", note)
    running.withdraw(tmp_path / "file")
    (tmp_path / "running.json").mkdir()
    running.announce(tmp_path, note)
    running.withdraw(tmp_path)


def test_results_that_cannot_be_written_are_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from eval import __main__ as evaluation

    def full(_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", "out/results.json.part")

    monkeypatch.setitem(evaluation._VERBS, "run", (evaluation._run_parser, full))
    assert evaluation.main(["--gold", "gold.jsonl", "--out", "out"]) == 1
    said = capsys.readouterr().err
    assert said == "The disk refuses out/results.json.part (No space left on device): make room, then try again.\n"


def test_the_second_page_says_where_the_first_one_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import app

    with lock(tmp_path):
        running.announce(tmp_path, running.Running("http://127.0.0.1:7861", str(SEEDS.resolve()), "none"))
        given = ["--data", str(tmp_path), "--articles", str(SEEDS), "--model", "none", "--port", "7999"]
        assert app.main(given) == 1
    said = capsys.readouterr().err
    assert "in use by another Footnote" in said and "http://127.0.0.1:7861" in said and said.count("\n") == 1


def test_repair_makes_a_damaged_library_anew_and_keeps_the_old_one(
    assemble: Assemble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    wanted, _ = answers(assemble, data)
    _flip(data / "library" / "chroma.sqlite3", random.Random(1))
    with pytest.raises(LibraryDamaged, match="doctor --repair"):
        Library.open(SEEDS, data)
    config = load_config(articles=SEEDS, data=data, model="none")
    assert any("doctor --repair" in finding.seen for finding in doctor.examine(config))
    monkeypatch.setattr(doctor, "_embedder", lambda *_: HashEmbedder())
    for number in (1, 2):
        done = doctor.repair(config, lambda _: None)
        assert len(done.report.added) == 5 and done.aside == data / f"library-damaged-{number}"
        assert (done.aside / "chroma.sqlite3").is_file()
    assert answers(assemble, data) == (wanted, None)
    assert all("doctor --repair" not in finding.seen for finding in doctor.examine(config))
    with lock(data), pytest.raises(LibraryBusy):
        doctor.repair(config, lambda _: None)
    assert not (data / "library-damaged-3").exists()


def test_repair_moves_nothing_before_articles_and_search_model_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Library.open(SEEDS, tmp_path / "data") as library:
        sync(SEEDS, library, HashEmbedder())
    before = sorted((tmp_path / "data").rglob("*"))

    def missing(*_: object) -> HashEmbedder:
        raise LibraryError("The search model is missing.")

    monkeypatch.setattr(doctor, "_embedder", missing)
    for folder in (tmp_path / "nowhere", SEEDS):
        with pytest.raises(Exception, match=r"nowhere|missing"):
            doctor.repair(load_config(articles=folder, data=tmp_path / "data"), lambda _: None)
    assert sorted((tmp_path / "data").rglob("*")) == before


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP])
def test_a_network_drive_without_locks_is_refused_in_one_sentence(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    def refuse(*_: object) -> None:
        raise OSError(number, "no locks")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(LibraryError, match="no locks") as error:
        LibraryLock(tmp_path / "data").acquire()
    assert str(error.value).endswith("--data.") and "local disk" in str(error.value)


def test_a_library_of_another_search_model_that_cannot_be_changed_is_searched_by_words(
    assemble: Assemble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(assemble, tmp_path / "data")

    monkeypatch.setattr(loading_room, "load_embedder", lambda *_: HashEmbedder(32, "another"))
    monkeypatch.setattr("rag.place._free", lambda _: 0)
    text, problem = answers(assemble, tmp_path / "data")
    assert text and problem is not None and "full" in problem
