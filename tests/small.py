"""A small library to ask, and the scripts in docs/, as several test files need them."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from rag.ingest import sync
from rag.models import HashEmbedder, WordReader
from rag.retrieval import Retriever
from rag.store import Library

ROOT = Path(__file__).resolve().parent.parent


def retriever_over(texts: Mapping[str, str], tmp_path: Path) -> Retriever:
    """What searches articles of these names and texts, without real weights."""
    folder = tmp_path / "articles"
    folder.mkdir()
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    library = Library.open(folder, tmp_path / "data")
    sync(folder, library, HashEmbedder())
    return Retriever(library, HashEmbedder(), WordReader())


def script(name: str) -> ModuleType:
    """A script of docs/, which is no package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)  # type: ignore[union-attr]
    return module
