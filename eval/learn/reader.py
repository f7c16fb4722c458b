"""Trains the reader: teachers of all layers on labelled pages, then the small network that ships by their judgement.

What is learned, for each question over all of its pages at once: a softmax over every sentence and "none of them",
whose odds are 1, so that a sentence's logit is its log-odds against there being no answer (as SQuAD 2.0's no-answer
score: Devlin et al. 2019, arXiv 1810.04805); each sentence by itself, since several may answer; each page. The small
network learns the same and, as its targets, what the teachers say (Hinton et al. 2015, arXiv 1503.02531). Each
teacher leaves out a share of the articles, and of a question its word counts half where it has not seen the answer.
Knows examples, no gold file.
"""

from __future__ import annotations

import copy
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
from torch.nn.functional import kl_div, log_softmax
from torch.nn.utils import parametrize
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
DEEP = 12
"""Layers of a teacher."""
TEACHERS = 3
LABELS = 0.5
"""How much the labels count beside what the teachers say."""

Logits = tuple[Tensor, Tensor]
"""Of a page: its sentences' (sentences,) and its own ()."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a network is trained; chosen on the development questions (docs/reader.md)."""

    epochs: float
    rate: float
    head_rate: float
    pages: int
    """For each question."""
    questions: int = 16
    """For each step."""
    dropout: float = 0.1
    rounded: bool = False
    """Whether the table of words is learned too, as its 4 bits leave it; else it stays as it is."""
    warm_up: float = 0.05
    strange_turn: float = 0.06
    """Share of questions that are given another's as the turn before, so that a turn is used only where it helps."""
    careless: float = 0.1
    """Share of questions written in small letters without a question mark."""
    micro_batch: int = 64
    seed: int = 0


TEACHER = Recipe(epochs=3, rate=4e-5, head_rate=4e-4, pages=8)
STUDENT = Recipe(epochs=14, rate=1e-4, head_rate=5e-4, pages=10, rounded=True)


def train(base: Path, examples: Sequence[Example], device: str) -> ReaderNetwork:
    """The network that ships.

    Args:
        base: the folder of all-mpnet-base-v2.
        examples: what is learned from.
        device: "cuda", where it takes a quarter of an hour, or "cpu", where it takes days.
    """
    encoding = Encoding(Tokenizer.from_file(str(base / "tokenizer.json")))
    teachers = []
    for left_out in range(TEACHERS):
        seen = [example for example in examples if _fold(example) != left_out]
        torch.manual_seed(left_out)
        teachers.append(Trainer(_from_base(base, DEEP), encoding, seen, TEACHER, device=device).run())
    student = _lower(teachers[0])
    return Trainer(student, encoding, examples, STUDENT, teachers, device).run().to("cpu")


class Trainer:
    """One training run."""

    def __init__(
        self,
        network: ReaderNetwork,
        encoding: Encoding,
        examples: Sequence[Example],
        recipe: Recipe,
        teachers: Sequence[ReaderNetwork] = (),
        device: str = "cpu",
    ) -> None:
        """``teachers``: networks whose judgement is learned too; the nth has not seen the examples of fold n."""
        self._recipe = recipe
        self._examples = list(examples)
        self._dice = random.Random(recipe.seed)
        self._encoding = encoding
        self._teachers = teachers
        self._device = device
        self._network = network.to(device)
        _prepare(network, recipe)

    def run(self) -> ReaderNetwork:
        """Train, telling on standard output how it goes; minutes to days."""
        steps = int(len(self._examples) * self._recipe.epochs / self._recipe.questions)
        optimizer, schedule = _optimizer(self._network, self._recipe, steps)
        self._network.train()
        began, mean = time.monotonic(), 0.0
        for step, batch in enumerate(self._batches(steps)):
            loss = self._loss(batch)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(self._network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            mean = loss.item() if not step else 0.95 * mean + 0.05 * loss.item()
            if step % 20 == 0:
                print(f"step {step} of {steps}, loss {mean:.3f}, {time.monotonic() - began:.0f} s", flush=True)
        if self._recipe.rounded:
            words = self._network.encoder.embeddings.word_embeddings
            parametrize.remove_parametrizations(words, "weight", leave_parametrized=True)
        return self._network.eval()

    def _batches(self, steps: int) -> Iterator[Sequence[Example]]:
        size = min(self._recipe.questions, len(self._examples))
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
        logits = iter(self._logits(self._network, encoded))
        with torch.no_grad():
            told = [iter(self._logits(teacher, encoded)) for teacher in self._teachers]
        losses = [
            _loss(
                pages,
                [next(logits) for _ in pages],
                _agreed([[next(one) for _ in pages] for one in told], _fold(example)) if told else None,
            )
            for example, pages in zip(batch, drawn, strict=True)
            if pages
        ]
        return torch.stack(losses).mean()

    def _question(self, example: Example) -> list[int]:
        turn, text = example.turn, example.question
        if turn is None and self._dice.random() < self._recipe.strange_turn:
            turn = Turn(self._dice.choice(self._examples).question, "")
        if self._dice.random() < self._recipe.careless:
            text = text.lower().rstrip("?")
        return self._encoding.question(text, turn)

    def _logits(self, network: ReaderNetwork, encoded: Sequence[Encoded]) -> list[Logits]:
        found: dict[int, Logits] = {}
        order = sorted(range(len(encoded)), key=lambda place: len(encoded[place].ids))
        with torch.autocast(self._device, dtype=torch.bfloat16):
            for start in range(0, len(order), self._recipe.micro_batch):
                places = order[start : start + self._recipe.micro_batch]
                batch = [tensor.to(self._device) for tensor in tensors([encoded[place] for place in places])]
                sentences, pages = network(*batch)
                for row, place in enumerate(places):
                    found[place] = sentences[row, : len(encoded[place].spans)].float(), pages[row].float()
        return [found[place] for place in range(len(encoded))]


def _fold(example: Example) -> int:
    """Which teacher leaves the example out: all those of one article the same."""
    page = next(iter((*example.answering, *example.near, *example.others)), None)
    return sum(page.page.header.encode()) % TEACHERS if page else 0


def _agreed(told: Sequence[Sequence[Logits]], fold: int) -> list[Logits]:
    """What the teachers say of each page: half of it that one's word to whom the example is new."""
    others = max(1, len(told) - 1)
    weights = [0.5 if place == fold else 0.5 / others for place in range(len(told))]
    return [
        (
            torch.stack([w * z for w, (z, _) in zip(weights, page, strict=True)]).sum(0),
            torch.stack([w * z for w, (_, z) in zip(weights, page, strict=True)]).sum(0),
        )
        for page in zip(*told, strict=True)
    ]


def _loss(pages: Sequence[Labelled], logits: Sequence[Logits], told: Sequence[Logits] | None = None) -> Tensor:
    """Of one question: by the labels, and where teachers have told, by what they say."""
    sentences, whole = torch.cat([one for one, _ in logits]), torch.stack([page for _, page in logits])
    answers = sentences.new_tensor([float(said) for one in pages for said in one.answers])
    none = sentences.new_zeros(1)
    anything = torch.logsumexp(torch.cat([sentences, none]), 0)
    right = torch.logsumexp(sentences[answers > 0], 0) if answers.any() else none[0]
    each = cross_entropy(sentences, answers, reduction="sum") / len(pages)
    labels = anything - right + each + 0.5 * cross_entropy(whole, whole.new_tensor([any(p.answers) for p in pages]))
    if told is None:
        return labels
    wanted, page = torch.cat([one for one, _ in told]), torch.stack([page for _, page in told])
    ours, theirs = (log_softmax(torch.cat([one, none]), 0) for one in (sentences, wanted))
    each = cross_entropy(sentences, wanted.sigmoid(), reduction="sum") / len(pages)
    soft = kl_div(ours, theirs, reduction="sum", log_target=True) + each + 0.5 * cross_entropy(whole, page.sigmoid())
    return LABELS * labels + soft


class Rounded(nn.Module):
    """A table as 4 bits leave it; what is learned passes through the rounding (Bengio et al. 2013, arXiv 1308.3432)."""

    def forward(self, table: Tensor) -> Tensor:
        """(rows, columns) -> the same, rounded as ``rag.models.packed`` does."""
        grouped = table.detach().reshape(len(table), -1, packed.GROUP)
        scale = (grouped.abs().amax(2, keepdim=True) / 7).clamp_min(1e-7).half().float()
        rounded = ((grouped / scale).round().clamp(-7, 7) * scale).reshape(table.shape)
        return table + (rounded - table).detach()


def _prepare(network: ReaderNetwork, recipe: Recipe) -> None:
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.p = recipe.dropout
    embeddings = network.encoder.embeddings
    for part in (embeddings.word_embeddings, embeddings.position_embeddings):
        part.requires_grad_(False)
    network.encoder.encoder.relative_attention_bias.requires_grad_(False)
    if recipe.rounded:
        embeddings.word_embeddings.requires_grad_(True)
        parametrize.register_parametrization(embeddings.word_embeddings, "weight", Rounded())


def _lower(teacher: ReaderNetwork) -> ReaderNetwork:
    """A copy with the lower layers only."""
    network = copy.deepcopy(teacher)
    network.encoder.encoder.layer = network.encoder.encoder.layer[:LAYERS]
    network.encoder.config.num_hidden_layers = LAYERS
    return network


def _from_base(base: Path, layers: int) -> ReaderNetwork:
    encoder = MPNetModel.from_pretrained(
        str(base), dtype=torch.float32, attn_implementation="eager", add_pooling_layer=False, num_hidden_layers=layers
    )
    network = ReaderNetwork(encoder)
    for head, prior in ((network.sentence, PRIOR_SENTENCE), (network.page, PRIOR_PAGE)):
        nn.init.normal_(head.weight, std=0.02)
        nn.init.constant_(head.bias, prior)
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
