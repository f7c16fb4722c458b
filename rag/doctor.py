"""A check-up: what Footnote needs and what it finds on this machine. Loads no model and changes nothing."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from rag.articles import list_articles, printable, read_article
from rag.config import Config
from rag.errors import FootnoteError, UnreadableFile
from rag.models import MINILM, is_present, path_of, weights_for

_PACKAGES = ("chromadb", "gradio", "llama-index-core", "sentence-transformers", "torch", "xllamacpp")
MIN_FREE_BYTES = 500_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``seen`` says what was found and, where it is not ``ok``, what to do."""

    what: str
    seen: str
    ok: bool = True


def examine(config: Config) -> list[Finding]:
    """All findings, in the order in which a user would mend them."""
    checks: tuple[Callable[[Config], list[Finding]], ...] = (_python, _packages, _articles, _weights, _disk)
    return [finding for check in checks for finding in check(config)]


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
        return [Finding("packages", f"{', '.join(missing)} not installed: run make install", ok=False)]
    return [Finding("packages", ", ".join(found))]


def _articles(config: Config) -> list[Finding]:
    try:
        ids = list_articles(config.articles)
    except FootnoteError as error:
        return [Finding("articles", str(error), ok=False)]
    findings = [Finding("articles", f"{len(ids)} in {config.articles}")]
    for id in ids:
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


def _disk(config: Config) -> list[Finding]:
    place = next(p for p in (config.data, *config.data.absolute().parents) if p.exists())
    free = shutil.disk_usage(place).free
    return [Finding("disk", f"{free / 1e9:,.1f} GB free for {config.data}", free >= MIN_FREE_BYTES)]
