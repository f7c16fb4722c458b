"""Tunes the search model on questions and the pages that answer them; keeps the change as a low-rank adapter.

Each question is pulled to a page that answers it and away from the other pages of its batch and from one that only
seems to (MultipleNegativesRankingLoss of sentence-transformers: Henderson et al. 2017, arXiv 1705.00652). What has
changed is then written as the nearest matrices of low rank (Hu et al. 2021, arXiv 2106.09685, train such ones).
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
from torch import nn

from eval.learn.examples import Example, Labelled
from rag.ingest import with_header


@dataclass(frozen=True, slots=True)
class Recipe:
    """How it is tuned; chosen on the development questions (docs/reader.md)."""

    epochs: int = 1
    batch: int = 32
    rate: float = 6e-5
    warm_up: float = 0.1
    rank: int = 24
    seed: int = 0


def tune(base: Path, examples: Sequence[Example], recipe: Recipe, file: Path) -> None:
    """Tune the model in ``base`` and write the adapter to ``file``; some ten minutes."""
    torch.manual_seed(recipe.seed)
    model = SentenceTransformer(str(base), device="cpu", local_files_only=True)
    before = {name: tensor.clone() for name, tensor in _matrices(model).items()}
    for name, parameter in model.named_parameters():
        parameter.requires_grad_("embeddings" not in name)
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    _train(model, examples, recipe)
    save_file(_adapter(before, _matrices(model), recipe.rank), file)


def untuned(file: Path) -> Path:
    """Write an adapter that changes nothing to ``file``, and return it."""
    save_file({}, file)
    return file


def _train(model: SentenceTransformer, examples: Sequence[Example], recipe: Recipe) -> None:
    dice = random.Random(recipe.seed)
    triples = [t for _ in range(recipe.epochs) for t in _triples(examples, dice)]
    steps = len(triples) // recipe.batch
    loss_of = MultipleNegativesRankingLoss(model)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=recipe.rate, fused=True)
    began, mean = time.monotonic(), 0.0
    model.train()
    for step in range(steps):
        share = min((step + 1) / (recipe.warm_up * steps + 1), (steps - step) / steps)
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate * share
        columns = zip(*triples[step * recipe.batch : (step + 1) * recipe.batch], strict=True)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss: Any = loss_of([model.preprocess(list(column)) for column in columns], None)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        mean = loss.item() if not step else 0.95 * mean + 0.05 * loss.item()
        if step % 20 == 0:
            print(f"step {step} of {steps}, loss {mean:.3f}, {time.monotonic() - began:.0f} s", flush=True)


def _triples(examples: Sequence[Example], dice: random.Random) -> Iterator[tuple[str, str, str]]:
    """(what is searched for, a page that answers, one that does not), in random order."""
    answerable = [example for example in examples if example.answering and (example.near or example.others)]
    for example in dice.sample(answerable, len(answerable)):
        asked = f"{example.turn.question} {example.question}" if example.turn else example.question
        wrong = dice.choice(example.near or example.others[:4])
        yield asked, _text(dice.choice(example.answering)), _text(wrong)


def _text(labelled: Labelled) -> str:
    return with_header(labelled.page.header, " ".join(labelled.page.sentences))


def _matrices(model: SentenceTransformer) -> dict[str, torch.Tensor]:
    """The weights of the encoder's linear layers, by the names that they have in the model's own file."""
    encoder: Any = model[0].auto_model
    return {
        name: tensor for name, tensor in encoder.state_dict().items() if tensor.ndim == 2 and "encoder.layer" in name
    }


def _adapter(
    before: dict[str, torch.Tensor], after: dict[str, torch.Tensor], rank: int
) -> dict[str, np.ndarray[Any, Any]]:
    """For each matrix ``NAME.up`` (rows, rank) and ``NAME.down`` (rank, columns); the product is nearest its change."""
    packed: dict[str, np.ndarray[Any, Any]] = {}
    for name, tensor in after.items():
        up, size, down = torch.linalg.svd(tensor.detach() - before[name], full_matrices=False)
        root = size[:rank].sqrt()
        packed[f"{name}.up"] = (up[:, :rank] * root).numpy().astype(np.float16)
        packed[f"{name}.down"] = (root[:, None] * down[:rank]).numpy().astype(np.float16)
    return packed
