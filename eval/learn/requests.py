"""Trains what tells requests apart: logistic regression over the search model's vector and hashed words.

    python -m eval.learn.requests REQUESTS [--questions GOLD ...] [--out DIR]

REQUESTS has lines of ``question`` and ``type``; each GOLD is a file of questions, all of type ``question``, so that
what people ask articles is seldom taken for something else.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from rag.config import load_config
from rag.models import MINILM, Embedder, fetch, load_embedder, own
from rag.models.weights import sha256_of
from rag.requests.gloss import in_english
from rag.requests.kinds import KINDS, features, plain
from rag.requests.language import language_of
from rag.retrieval.spelling import is_english

SOFTNESS = 4.0
"""Inverse strength of regularisation; 1 to 10 differ by a point on requests that were not learned from."""
MOST_QUESTIONS = 4000
"""Questions that are taken from the files, by chance: more than requests of all kinds, as people ask more questions."""


def main(argv: Sequence[str] | None = None) -> None:
    """Train, write, and print the sha256 for ``rag/models/own.py``."""
    parser = argparse.ArgumentParser(
        prog="python -m eval.learn.requests", description="Train what tells requests apart."
    )
    parser.add_argument("requests", type=Path, help="requests with their types")
    parser.add_argument("--questions", nargs="*", type=Path, default=[], help="files of questions")
    parser.add_argument("--out", type=Path, default=own.FOLDER, help="where the weights are written")
    given = parser.parse_args(argv)
    config = load_config()
    fetch(MINILM, config.weights, lambda progress: print(progress.words))
    rows = [*_requests(given.requests), *_questions(given.questions)]
    file = given.out / own.REQUESTS
    train(rows, load_embedder(config.weights), file)
    print(f'    {own.REQUESTS}: "{sha256_of(file)}"')


def train(rows: Sequence[tuple[str, str]], embedder: Embedder, file: Path) -> None:
    """Fit on (text, kind) and write ``file``."""
    known = [(text, kind) for text, kind in rows if kind in KINDS]
    vectors = embedder.embed([plain(text) for text, _ in known])
    inputs = np.stack([features(text, vector) for (text, _), vector in zip(known, vectors, strict=True)])
    fitted = LogisticRegression(C=SOFTNESS, max_iter=500).fit(inputs, [kind for _, kind in known])
    order = [list(fitted.classes_).index(kind) for kind in KINDS]
    tensors = {"weights": fitted.coef_[order].T.astype(np.float16), "bias": fitted.intercept_[order].astype(np.float32)}
    save_file({name: np.ascontiguousarray(t) for name, t in tensors.items()}, file)


def _requests(file: Path) -> list[tuple[str, str]]:
    """The requests with their types; those in other languages once more in English, as they will be told apart."""
    rows = map(json.loads, filter(str.strip, file.read_text(encoding="utf-8").split("\n")))
    read = [(row["question"], row["type"]) for row in rows]
    glossed = [(in_english(text, language_of(text) or "", is_english), kind) for text, kind in read]
    return [*read, *((text, kind) for text, kind in glossed if text)]


def _questions(files: Sequence[Path]) -> list[tuple[str, str]]:
    rows = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").split("\n") if line.strip()]
    alone = [row["question"] for row in rows if not row.get("history")]
    return [(text, "question") for text in random.Random(0).sample(alone, min(MOST_QUESTIONS, len(alone)))]


if __name__ == "__main__":
    main()
