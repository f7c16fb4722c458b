"""Trains what ships in rag/models/trained anew: first the search model's adapter, then the reader.

    python -m eval.learn GOLD=ARTICLES [GOLD=ARTICLES ...] [--withhold GOLD ...] [--out DIR] [--only embedder|reader]
        [--device cpu|cuda]

Each GOLD is a file of questions with quotations or spans as evidence, ARTICLES the folder that they are about.
``--withhold`` names files of questions that are to test or to choose by: no page of their articles is learned from.
Without a network it needs the base models in the weights folder (docs/reader.md says where they come from).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from eval.learn.examples import Example, examples
from rag.config import load_config
from rag.errors import FootnoteError
from rag.models import MINILM, MPNET, Embedder, fetch, load_embedder, own
from rag.models.weights import Progress, sha256_of


def main(argv: Sequence[str] | None = None) -> None:
    """Train, write, and print the sha256 values for ``rag/models/own.py``."""
    parser = argparse.ArgumentParser(prog="python -m eval.learn", description="Train the search model and the reader.")
    parser.add_argument("sets", nargs="+", metavar="GOLD=ARTICLES", help="questions and the folder of their articles")
    parser.add_argument("--withhold", nargs="*", type=Path, default=[], help="questions of which no article is used")
    parser.add_argument("--out", type=Path, default=own.FOLDER, help="where the weights are written")
    parser.add_argument("--only", choices=["embedder", "reader"], help="train one of the two")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu", help="what the reader is trained on")
    given = parser.parse_args(argv)
    try:
        _train(given.sets, given.withhold, given.out, given.only, given.device)
    except (FootnoteError, OSError) as error:
        raise SystemExit(str(error)) from None


def _train(sets: Sequence[str], withhold: Sequence[Path], out: Path, only: str | None, device: str) -> None:
    from eval.learn import embedder, reader

    config = load_config()
    withheld = frozenset(doc for file in withhold for doc in _docs(file))
    out.mkdir(parents=True, exist_ok=True)
    base = fetch(MINILM, config.weights, _tell)
    if only != "reader":
        untuned = embedder.untuned(out / own.ADAPTER)
        found = _examples(sets, withheld, load_embedder(config.weights, untuned))
        embedder.tune(base, found, embedder.Recipe(), out / own.ADAPTER)
    if only != "embedder":
        found = _examples(sets, withheld, load_embedder(config.weights, out / own.ADAPTER))
        base = fetch(MPNET, config.weights, _tell)
        reader.write(reader.train(base, found, device), base, out)
    for name in own.SHA256:
        if (out / name).is_file():
            print(f'    {name}: "{sha256_of(out / name)}"')


def _examples(sets: Sequence[str], withheld: frozenset[str], model: Embedder) -> list[Example]:
    found: list[Example] = []
    for pair in sets:
        gold, _, articles = pair.partition("=")
        found += examples(Path(gold), Path(articles), model, withheld)
    print(f"{len(found)} questions", file=sys.stderr)
    return found


def _docs(gold: Path) -> set[str]:
    lines = filter(str.strip, gold.read_text(encoding="utf-8").split("\n"))
    fields = ("evidence", "alt_evidence", "near")
    return {piece["doc"] for row in map(json.loads, lines) for field in fields for piece in row.get(field) or []}


def _tell(progress: Progress) -> None:
    print(progress.words, file=sys.stderr)


if __name__ == "__main__":
    main()
