"""The reader: a question and pages in, how likely each sentence answers it out. Our own weights, on the processor.

One encoder reads question and page together, so that a sentence is judged by what is asked and by what stands around
it. Trained on questions from a close reading (docs/reader.md says how well, ``python -m eval.learn`` makes it anew).
Knows no index and no store.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rag.domain import Turn
from rag.errors import WeightsError
from rag.models import own
from rag.models.base import Page, Reader, Reading
from rag.models.chat import well_formed
from rag.models.cores import usable_cores

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

    from rag.models.reader_network import ReaderNetwork

QUESTION_TOKENS = 64
TURN_TOKENS = 32
"""Of the question before and of its answer, each: the end of the one, the beginning of the other."""
HEADER_TOKENS = 28
PAGE_TOKENS = 288
"""Tokens of a page with its header at most; a passage has some 110."""
BATCH_PAGES = 6
"""Pages read at a time: those of like length together, since each is padded to the longest."""
START, END, PAD = 0, 2, 1


@dataclass(frozen=True, slots=True)
class Encoded:
    """A question with a page as token ids; ``spans``: for each sentence its tokens, half open."""

    ids: list[int]
    spans: list[tuple[int, int]]


class Encoding:
    """Texts to token ids, the same for training and reading."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        tokenizer.no_padding()  # The publisher's file says to pad and to cut off, for whole texts.
        tokenizer.no_truncation()
        tokenizer.encode_special_tokens = True  # What an article writes like a mark of ours is text.
        self._tokenizer = tokenizer

    def question(self, question: str, turn: Turn | None = None) -> list[int]:
        """A question, behind it the turn that it leans on."""
        ids = self._ids(question)[:QUESTION_TOKENS]
        if turn is None:
            return ids
        return [*ids, END, *self._ids(turn.question)[-TURN_TOKENS:], *self._ids(turn.answer)[:TURN_TOKENS]]

    def page(self, page: Page) -> tuple[list[int], list[list[int]]]:
        """A page's header and its sentences."""
        header, *sentences = self._tokenizer.encode_batch(
            [well_formed(text) for text in (page.header, *page.sentences)], add_special_tokens=False
        )
        return header.ids[:HEADER_TOKENS], [sentence.ids for sentence in sentences]

    def joined(self, question: Sequence[int], page: tuple[list[int], list[list[int]]]) -> Encoded:
        """Question and page as one sequence; what is beyond ``PAGE_TOKENS`` of the page is cut off."""
        header, sentences = page
        ids = [START, *question, END, END, *header, END]
        spans: list[tuple[int, int]] = []
        for sentence in sentences:
            room = max(0, PAGE_TOKENS + len(question) - len(ids) - 1)
            spans.append((len(ids), len(ids) + min(room, len(sentence))))
            ids += sentence[:room]
        return Encoded([*ids, END], spans)

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(well_formed(text), add_special_tokens=False).ids
        return ids


def tensors(batch: Sequence[Encoded]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Ids, mask and spans of ``ReaderNetwork.forward``."""
    import torch

    longest = max(len(one.ids) for one in batch)
    most = max(1, *(len(one.spans) for one in batch))
    ids = torch.full((len(batch), longest), PAD, dtype=torch.long)
    spans = torch.zeros(len(batch), most, longest)
    for row, one in enumerate(batch):
        ids[row, : len(one.ids)] = torch.tensor(one.ids)
        for place, (start, end) in enumerate(one.spans):
            if end > start:
                spans[row, place, start:end] = 1 / (end - start)
    return ids, (ids != PAD).long(), spans


class TrainedReader:
    """See ``Reader``. Thread-safe: one question is read at a time."""

    def __init__(self, network: ReaderNetwork, tokenizer: Tokenizer, threads: int) -> None:
        import torch

        self._network = network
        self._encoding = Encoding(tokenizer)
        self._threads = threads
        self._set_threads = torch.set_num_threads
        self._lock = threading.Lock()

    def read(self, question: str, turn: Turn | None, pages: Sequence[Page]) -> list[Reading]:
        """What each page says to the question; a sentence beyond the page's limit of tokens has no say."""
        asked = self._encoding.question(question, turn)
        encoded = [self._encoding.joined(asked, self._encoding.page(page)) for page in pages]
        order = sorted(range(len(encoded)), key=lambda place: len(encoded[place].ids))
        made: dict[int, Reading] = {}
        with self._lock:
            self._set_threads(self._threads)
            for start in range(0, len(order), BATCH_PAGES):
                places = order[start : start + BATCH_PAGES]
                made.update(zip(places, self._batch([encoded[place] for place in places]), strict=True))
        return [made[place] for place in range(len(pages))]

    def _batch(self, batch: Sequence[Encoded]) -> list[Reading]:
        import torch

        with torch.inference_mode():
            sentences, pages = self._network(*tensors(batch))
        rows: Any = sentences.float().tolist()
        return [
            Reading(tuple(_score(row[place], span) for place, span in enumerate(one.spans)), float(page))
            for one, row, page in zip(batch, rows, pages.float().tolist(), strict=True)
        ]


UNREAD = -20.0
"""Log-odds of a sentence that was cut off."""


def _score(logit: float, span: tuple[int, int]) -> float:
    return float(logit) if span[1] > span[0] else UNREAD


def load_reader() -> Reader:
    """The reader with the weights that ship with it; takes about a second.

    Raises:
        WeightsError: the weights are missing or damaged.
    """
    from tokenizers import Tokenizer

    from rag.models.reader_network import load_network

    weights, tokens = own.checked(own.READER), own.checked(own.READER_TOKENS)
    try:
        network, tokenizer = load_network(weights), Tokenizer.from_file(str(tokens))
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise WeightsError(f"The reader in {weights} cannot be loaded ({error}): install Footnote anew.") from error
    return TrainedReader(network, tokenizer, usable_cores())
