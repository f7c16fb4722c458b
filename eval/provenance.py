"""What a run was made with: articles, code, models, versions, commit. Names and digests, no paths of the machine."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from eval.journal import digest_of
from rag.articles import file_digest, list_articles
from rag.config import Config
from rag.errors import UnreadableFile
from rag.models import MINILM, is_present, kind_of, setting_of, weights_for
from rag.models.cores import usable_cores
from rag.secrets import environment_for_children, shown_url

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = (
    "torch", "sentence-transformers", "transformers", "llama-index-core", "chromadb", "xllamacpp", "bm25s", "PyStemmer",
    "rapidfuzz", "simplemma", "syntok", "trafilatura", "numpy", "scipy",
)  # fmt: skip
"""What the figures may depend on besides our own code."""


def articles_digest(root: Path) -> str:
    """One digest of all files of the folder, by name and content.

    Raises:
        ArticlesError: the folder is missing, not a folder, or holds no article.
    """
    return digest_of([[article, _file_digest(root, article)] for article in list_articles(root)])


def _file_digest(root: Path, article: str) -> str:
    try:
        return file_digest(root, article)
    except UnreadableFile as error:
        return str(error)


@cache
def code_digest() -> str:
    """One digest of the code that answers: every .py file of ``rag``."""
    files = sorted((ROOT / "rag").rglob("*.py"))
    digests = [[file.relative_to(ROOT).as_posix(), hashlib.sha256(file.read_bytes()).hexdigest()] for file in files]
    return digest_of(digests)


@cache
def versions() -> dict[str, str]:
    """Python and the packages that matter, by name; those that are not installed are left out."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def model_identity(config: Config) -> str:
    """What tells language models apart that have the same name: the weights' digest, the file's size, the endpoint."""
    weights = weights_for(config)
    if weights is not None:
        return weights.sha256
    kind = kind_of(config)
    if kind == "hosted":
        digest = hashlib.sha256((config.llm_url or "").encode()).hexdigest()[:12]  # the address may hold a key
        return f"{shown_url(config.llm_url or '')} {digest} {config.llm_model}"
    file = Path(config.model).expanduser()
    return f"{file.name} {file.stat().st_size}" if kind == "file" and file.exists() else kind


def models(config: Config, language: str | None) -> dict[str, str | None]:
    """The names of the language model (None: not loaded) and of the embedder (None: searched by words only)."""
    return {"language": language, "embedder": MINILM.name if is_present(MINILM, config.weights) else None}


def settings(config: Config) -> dict[str, int | str]:
    """The settings that a reply depends on."""
    model = Path(config.model).stem if kind_of(config) == "file" else setting_of(config)
    return {
        "model": model,
        "evidence_tokens": config.evidence_tokens,
        "hosted_evidence_tokens": config.hosted_evidence_tokens,
        "threads": config.threads or usable_cores(),
    }


def commit() -> dict[str, str | bool] | None:
    """The git commit of the code, and whether files differ from it; None outside a repository."""
    head = _git("rev-parse", "HEAD")
    changed = _git("status", "--porcelain", "--untracked-files=no")
    return None if head is None else {"commit": head, "changed": bool(changed)}


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
            env=environment_for_children(),
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
