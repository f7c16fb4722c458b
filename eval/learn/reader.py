"""Trains the reader: a base encoder's lower layers on labelled pages, packed to ship. Knows examples, no gold file.

What is learned, for each question over all of its pages at once: a softmax over every sentence and "none of them",
whose odds are 1, so that a sentence's logit is its log-odds against there being no answer (as SQuAD 2.0's no-answer
score: Devlin et al. 2019, arXiv 1810.04805); each sentence by itself, since several may answer; each page.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy
from transformers import MPNetModel

from eval.learn.examples import Example, Labelled
from rag.domain import Turn
from rag.models import packed
from rag.models.reader import Encoded, Encoding, tensors
from rag.models.reader_network import LAYERS, ReaderNetwork

FOUR_BITS = frozenset({"encoder.embeddings.word_embeddings.weight"})
"""Two fifths of all weights: with the rest in 8 bits, 55 MB."""
PRIOR_SENTENCE, PRIOR_PAGE = -3.0, -2.0
"""Logits of an untrained head: most sentences answer nothing."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How it is trained; chosen on the development questions (docs/reader.md)."""

    epochs: float = 2.0
    questions: int = 8
    """For each step."""
    pages: int = 6
    """For each question."""
    rate: float = 7e-5
    head_rate: float = 7e-4
    frozen: int = 2
    """Lower layers, and the table of words, that stay as they are."""
    warm_up: float = 0.06
    strange_turn: float = 0.06
    """Share of questions that are given another's as the turn before, so that a turn is used only where it helps."""
    careless: float = 0.1
    """Share of questions written in small letters without a question mark."""
    micro_batch: int = 12
    seed: int = 0


class Trainer:
    """One training run."""

    def __init__(self, base: Path, examples: Sequence[Example], recipe: Recipe) -> None:
        """``base``: the folder of all-mpnet-base-v2."""
        self._recipe = recipe
        self._examples = list(examples)
        self._dice = random.Random(recipe.seed)
        torch.manual_seed(recipe.seed)
        self._encoding = Encoding(Tokenizer.from_file(str(base / "tokenizer.json")))
        self.network = _from_base(base, recipe)

    def run(self) -> ReaderNetwork:
        """Train, telling on standard output how it goes; minutes to hours."""
        steps = int(len(self._examples) * self._recipe.epochs / self._recipe.questions)
        optimizer, schedule = _optimizer(self.network, self._recipe, steps)
        self.network.train()
        began, mean = time.monotonic(), 0.0
        for step, batch in enumerate(self._batches(steps)):
            loss = self._loss(batch)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            mean = loss.item() if not step else 0.95 * mean + 0.05 * loss.item()
            if step % 20 == 0:
                print(f"step {step} of {steps}, loss {mean:.3f}, {time.monotonic() - began:.0f} s", flush=True)
        return self.network.eval()

    def _batches(self, steps: int) -> Iterator[Sequence[Example]]:
        size = self._recipe.questions
        order: list[Example] = []
        for _ in range(steps):
            if len(order) < size:
                order = self._dice.sample(self._examples, len(self._examples))
            yield [order.pop() for _ in range(size)]

    def _loss(self, batch: Sequence[Example]) -> Tensor:
        drawn = [example.drawn(self._dice, self._recipe.pages) for example in batch]
        encoded = [
            self._encoding.joined(asked, self._encoding.page(one.page))
            for example, pages in zip(batch, drawn, strict=True)
            for asked in [self._question(example)]
            for one in pages
        ]
        logits = iter(self._logits(encoded))
        losses = [_loss(pages, [next(logits) for _ in pages]) for pages in drawn if pages]
        return torch.stack(losses).mean()

    def _question(self, example: Example) -> list[int]:
        turn, text = example.turn, example.question
        if turn is None and self._dice.random() < self._recipe.strange_turn:
            turn = Turn(self._dice.choice(self._examples).question, "")
        if self._dice.random() < self._recipe.careless:
            text = text.lower().rstrip("?")
        return self._encoding.question(text, turn)

    def _logits(self, encoded: Sequence[Encoded]) -> list[tuple[Tensor, Tensor]]:
        """For each page the logits of its sentences (sentences,) and its own ()."""
        found: dict[int, tuple[Tensor, Tensor]] = {}
        order = sorted(range(len(encoded)), key=lambda place: len(encoded[place].ids))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            for start in range(0, len(order), self._recipe.micro_batch):
                places = order[start : start + self._recipe.micro_batch]
                sentences, pages = self.network(*tensors([encoded[place] for place in places]))
                for row, place in enumerate(places):
                    found[place] = sentences[row, : len(encoded[place].spans)].float(), pages[row].float()
        return [found[place] for place in range(len(encoded))]


def _loss(pages: Sequence[Labelled], logits: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
    sentences = torch.cat([one for one, _ in logits])
    answers = torch.tensor([float(said) for one in pages for said in one.answers])
    anything = torch.logsumexp(torch.cat([sentences, torch.zeros(1)]), 0)
    right = torch.logsumexp(sentences[answers > 0], 0) if answers.any() else torch.zeros(())
    each = cross_entropy(sentences, answers, reduction="sum") / len(pages)
    whole = torch.tensor([float(any(one.answers)) for one in pages])
    return anything - right + each + 0.5 * cross_entropy(torch.stack([page for _, page in logits]), whole)


def _from_base(base: Path, recipe: Recipe) -> ReaderNetwork:
    encoder = MPNetModel.from_pretrained(
        str(base), dtype=torch.float32, attn_implementation="eager", add_pooling_layer=False, num_hidden_layers=LAYERS
    )
    network = ReaderNetwork(encoder)
    for head, prior in ((network.sentence, PRIOR_SENTENCE), (network.page, PRIOR_PAGE)):
        nn.init.normal_(head.weight, std=0.02)
        nn.init.constant_(head.bias, prior)
    for module in network.modules():
        if isinstance(module, nn.Dropout):  # a sixth of the time, for two epochs
            module.p = 0.0
    embeddings, layers = network.encoder.embeddings, network.encoder.encoder.layer
    for part in (embeddings.word_embeddings, embeddings.position_embeddings, *layers[: recipe.frozen]):
        part.requires_grad_(False)
    return network


def _optimizer(network: ReaderNetwork, recipe: Recipe, steps: int) -> tuple[torch.optim.Optimizer, Any]:
    heads = [*network.sentence.parameters(), *network.page.parameters()]
    body = [parameter for parameter in network.encoder.parameters() if parameter.requires_grad]
    groups = [{"params": body, "lr": recipe.rate}, {"params": heads, "lr": recipe.head_rate}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01, fused=True)

    def share(step: int) -> float:
        return min((step + 1) / (recipe.warm_up * steps + 1), max(0.02, (steps - step) / max(1, steps)))

    return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, share)


def write(network: ReaderNetwork, base: Path, folder: Path) -> None:
    """Pack the weights and copy the tokenizer into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: tensor.detach().float().numpy() for name, tensor in network.state_dict().items()}
    packed.save(tensors, folder / "reader.safetensors", four=FOUR_BITS)
    (folder / "tokenizer.json").write_bytes((base / "tokenizer.json").read_bytes())
