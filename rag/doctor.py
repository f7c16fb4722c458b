"""A check-up: what Footnote needs and what it finds on this machine. Loads no model and changes nothing.

``repair`` is for a library that is damaged: it makes another one from the articles.
"""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rag import preferences, seal
from rag.articles import list_articles, look_into, printable, read_article
from rag.config import Config
from rag.corrections import Corrections
from rag.domain import SyncReport
from rag.errors import FootnoteError, LibraryBusy, LibraryError, UnreadableFile
from rag.ingest import SyncProgress, sync
from rag.models import MINILM, fetch, is_present, load_embedder, path_of, weights_for
from rag.models.base import Embedder
from rag.place import REPAIR, lock
from rag.secrets import shown_url
from rag.status import Status
from rag.store import Library

_PACKAGES = ("chromadb", "gradio", "llama-index-core", "sentence-transformers", "torch", "xllamacpp")
MIN_FREE_BYTES = 500_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``seen`` says what was found and, where it is not ``ok``, what to do.

    ``broken``: nothing can be answered, or not from all articles, before it is mended.
    """

    what: str
    seen: str
    ok: bool = True
    broken: bool = False


Check = Callable[[Config], list[Finding]]


def examine(
    config: Config, *, ours: bool = False, watch: Callable[[str, float], None] = lambda _, __: None
) -> list[Finding]:
    """All findings, in the order in which a user would mend them.

    Args:
        config: the settings.
        ours: whether this process holds the library, which is then looked at while it is in use.
        watch: called with the name of each check and the share that is done before it begins.
    """
    library = _library_in_use if ours else _library
    checks: tuple[Check, ...] = (_python, _packages, _settings, _articles, _weights, library, _disk)
    findings: list[Finding] = []
    for number, check in enumerate(checks):
        watch(check.__name__.strip("_").removesuffix("_in_use"), number / len(checks))
        findings += check(config)
    return findings


@dataclass(frozen=True, slots=True)
class Repair:
    """What a repair did. ``aside``: where the library is that was there before, None when there was none."""

    report: SyncReport
    aside: Path | None


def repair(config: Config, watch: Callable[[Status], None]) -> Repair:
    """Make the library anew from the articles, and keep the old one beside it.

    Nothing is moved before it is known that the articles and the search model are there.

    Raises:
        ArticlesError, WeightsError: they are not.
        LibraryBusy: another process holds the library.
        LibraryError: it cannot be written.
    """
    list_articles(config.articles)
    with lock(config.data) as held:
        if held.unwritable:
            raise held.unwritable
        embedder = _embedder(config, watch)
        aside = None if config.chroma_url else _set_aside(config.data)

        def say(progress: SyncProgress) -> None:
            phase = f"Reading the articles, {progress.done} of {progress.total}"
            watch(Status(phase=phase, progress=progress.done / progress.total if progress.total else None))

        with Library.open(config.articles, config.data, chroma_url=config.chroma_url, lock=held) as library:
            library.clear()
            corrections = Corrections(config.data, config.articles)
            return Repair(sync(config.articles, library, embedder, say, corrections=corrections), aside)


def _embedder(config: Config, watch: Callable[[Status], None]) -> Embedder:
    if not is_present(MINILM, config.weights):
        fetch(MINILM, config.weights, lambda progress: watch(Status(phase=f"Fetching {progress.words}")))
    return load_embedder(config.weights)


def _set_aside(data: Path) -> Path | None:
    """Rename the library, which takes no room; never over one that was set aside before."""
    old = data / "library"
    if not old.exists():
        return None
    number = 1
    while (aside := data / f"library-damaged-{number}").exists():
        number += 1
    try:
        return old.rename(aside)
    except OSError as error:
        raise LibraryError(
            f"The library in {old} cannot be renamed ({error.strerror}): make {data} a folder that can be written."
        ) from None


def _python(_: Config) -> list[Finding]:
    seen = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return [Finding("Python", seen, sys.version_info >= (3, 11))]


def _packages(_: Config) -> list[Finding]:
    found, missing = [], []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        return [Finding("packages", f"{', '.join(missing)} not installed: run make install", ok=False, broken=True)]
    return [Finding("packages", ", ".join(found))]


def _settings(config: Config) -> list[Finding]:
    file = config.data / preferences.FILE
    if config.chosen.problem:
        return [Finding("settings", config.chosen.problem, ok=False)]
    try:
        mode = file.stat().st_mode & 0o777
    except OSError:
        return [Finding("settings", "nothing is kept that was chosen in the page")]
    if mode & 0o077:
        return [Finding("settings", f"others can read {file} (mode {mode:o}): save the settings once more", ok=False)]
    return [Finding("settings", f"what was chosen in the page is in {file}, for its owner alone")]


def _articles(config: Config) -> list[Finding]:
    try:
        found = look_into(config.articles)
    except FootnoteError as error:
        return [Finding("articles", str(error), ok=False, broken=True)]
    findings = [Finding("articles", f"{len(found.articles)} in {config.articles}")]
    findings += [Finding("unreadable", f"{one.article}: {one.reason}", ok=False) for one in found.closed]
    for id in found.articles:
        try:
            read_article(config.articles, id)
        except UnreadableFile as error:
            findings.append(Finding("unreadable", f"{printable(id)}: {error}", ok=False))
    return findings


def _weights(config: Config) -> list[Finding]:
    findings = []
    for weights in filter(None, (MINILM, weights_for(config))):
        there = is_present(weights, config.weights)
        seen = (
            str(path_of(weights, config.weights))
            if there
            else f"not fetched yet ({weights.megabytes}); the next start does"
        )
        findings.append(Finding(weights.title, seen, there))
    return findings


def _library(config: Config) -> list[Finding]:
    if config.chroma_url:
        return [Finding("library", f"on the Chroma server at {shown_url(config.chroma_url)}: not looked at")]
    folder = config.data / "library"
    if not folder.exists():
        return [Finding("library", "none yet; the next start makes it")]
    try:
        with lock(config.data) as held:
            damage = seal.damage(folder)
            if held.unwritable:
                return [Finding("library", str(held.unwritable), ok=False)]
    except LibraryBusy:
        return [Finding("library", f"{folder} is in use by another Footnote: not looked at")]
    except (LibraryError, OSError) as error:
        return [Finding("library", str(error), ok=False, broken=True)]
    if damage:
        seen = f"{damage}: run {REPAIR}, which makes it anew from the articles"
        return [Finding("library", seen, ok=False, broken=True)]
    return [Finding("library", f"{folder} is as it was written")]


def _library_in_use(config: Config) -> list[Finding]:
    """Its files beside the process that holds it: they are sealed whenever nothing is being written."""
    folder = config.data / "library"
    if config.chroma_url or not folder.exists():
        return _library(config)
    if not (folder / seal.SEAL).exists():
        return [Finding("library", f"{folder} is being written: look again when the articles have been read")]
    try:
        damage = seal.damage(folder)
    except OSError as error:
        return [
            Finding("library", f"{folder} cannot be read ({error.strerror}): check the disk", ok=False, broken=True)
        ]
    if damage and (folder / seal.SEAL).exists():  # Without one, writing has begun meanwhile.
        return [Finding("library", f"{damage}: make the library anew from the articles", ok=False, broken=True)]
    return [Finding("library", f"{folder} is as it was written")]


def _disk(config: Config) -> list[Finding]:
    place = next(p for p in (config.data, *config.data.absolute().parents) if p.exists())
    free = shutil.disk_usage(place).free
    return [Finding("disk", f"{free / 1e9:,.1f} GB free for {config.data}", free >= MIN_FREE_BYTES)]
