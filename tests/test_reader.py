"""What the reader is given and what it gives back, with a tokenizer of a few words and a network that only counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from rag.domain import Turn
from rag.models import reader
from rag.models.base import Page
from rag.models.reader import (
    END,
    HEADER_TOKENS,
    PAD,
    PAGE_TOKENS,
    QUESTION_TOKENS,
    START,
    TURN_TOKENS,
    UNREAD,
    Encoded,
    Encoding,
    TrainedReader,
    tensors,
)

if TYPE_CHECKING:
    import torch

WORDS = {"<s>": START, "<pad>": PAD, "</s>": END, "?": 3, "the": 4, "pier": 5, "is": 6, "late": 7, "news": 8, "red": 9}


@pytest.fixture
def tokenizer() -> Tokenizer:
    made = Tokenizer(WordLevel(WORDS, unk_token="?"))
    made.pre_tokenizer = Whitespace()
    return made


@pytest.fixture
def encoding(tokenizer: Tokenizer) -> Encoding:
    return Encoding(tokenizer)


PAGE = Page("news", ("the pier is late", "red", ""))


# -- texts to ids ------------------------------------------------------------------------------------------------------


def test_question_and_page_make_one_sequence_and_each_sentence_has_its_tokens(encoding: Encoding) -> None:
    found = encoding.joined(encoding.question("is the pier late"), encoding.page(PAGE))
    assert found.ids == [START, 6, 4, 5, 7, END, END, 8, END, 4, 5, 6, 7, 9, END]
    assert found.spans == [(9, 13), (13, 14), (14, 14)]
    assert [found.ids[start:end] for start, end in found.spans] == [[4, 5, 6, 7], [9], []]


def test_the_turn_that_a_question_leans_on_stands_behind_it(encoding: Encoding) -> None:
    assert encoding.question("is late", Turn("the pier", "red")) == [6, 7, END, 4, 5, 9]


def test_of_a_long_question_the_beginning_is_read_and_of_a_long_turn_its_end_and_the_answers_beginning(
    encoding: Encoding,
) -> None:
    turn = Turn("the " * 99 + "pier", "red " + "late " * 99)
    asked = encoding.question("news " * 99, turn)
    assert asked == [*[8] * QUESTION_TOKENS, END, *[4] * (TURN_TOKENS - 1), 5, 9, *[7] * (TURN_TOKENS - 1)]


def test_a_long_header_is_cut_off(encoding: Encoding) -> None:
    header, sentences = encoding.page(Page("news " * 99, ("red",)))
    assert (header, sentences) == ([8] * HEADER_TOKENS, [[9]])


@pytest.mark.parametrize("asked", ["is the pier late", "is " * QUESTION_TOKENS])
def test_what_is_beyond_the_tokens_of_a_page_is_cut_off(encoding: Encoding, asked: str) -> None:
    question = encoding.question(asked)
    room = PAGE_TOKENS - 5 - 1  # five tokens frame question and page, and the header has one
    sentences = ("late " * (room - 2), "red red red", "the pier")
    found = encoding.joined(question, encoding.page(Page("news", sentences)))
    assert len(found.ids) == PAGE_TOKENS + len(question)
    first = len(question) + 5
    assert found.spans == [(first, first + room - 2), (first + room - 2, first + room), (first + room, first + room)]
    assert found.ids[-3:] == [9, 9, END]


def test_a_page_that_just_fits_is_read_whole(encoding: Encoding) -> None:
    room = PAGE_TOKENS - 5 - 1
    found = encoding.joined([6], encoding.page(Page("news", ("late " * (room - 1), "red"))))
    assert [end - start for start, end in found.spans] == [room - 1, 1]
    assert found.ids[-2:] == [9, END]


def test_the_tokenizers_own_padding_and_limit_do_not_count(tokenizer: Tokenizer) -> None:
    tokenizer.enable_padding(length=8, pad_id=PAD, pad_token="<pad>")
    tokenizer.enable_truncation(2)
    found = Encoding(tokenizer)
    assert found.question("is the pier late") == [6, 4, 5, 7]
    assert found.page(PAGE) == ([8], [[4, 5, 6, 7], [9], []])


def test_half_a_character_is_no_error(encoding: Encoding) -> None:
    assert encoding.question("is \udce9 late")[0] == 6
    assert encoding.page(Page("news", ("\ud800",)))[0] == [8]


# -- ids to tensors ----------------------------------------------------------------------------------------------------


def test_shorter_pages_are_padded_and_each_sentence_is_the_mean_of_its_tokens() -> None:
    long, short = Encoded([START, 4, 5, 6, END], [(1, 2), (2, 4)]), Encoded([START, 7, END], [(1, 2), (2, 2), (2, 2)])
    ids, mask, spans = tensors([long, short])
    assert ids.tolist() == [[START, 4, 5, 6, END], [START, 7, END, PAD, PAD]]
    assert mask.tolist() == [[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]
    nothing = [0.0] * 5
    assert spans.tolist() == [
        [[0, 1, 0, 0, 0], [0, 0, 0.5, 0.5, 0], nothing],
        [[0, 1, 0, 0, 0], nothing, nothing],
    ]


def test_a_page_without_sentences_is_a_page() -> None:
    ids, _, spans = tensors([Encoded([START, END], [])])
    assert (tuple(ids.shape), tuple(spans.shape)) == ((1, 2), (1, 1, 2))


# -- reading -----------------------------------------------------------------------------------------------------------


class _Counting:
    """In the place of the network: a sentence's logit is the mean of its ids, a page's their number."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def __call__(self, ids: Any, mask: Any, spans: Any) -> tuple[torch.Tensor, torch.Tensor]:
        self.batches.append(len(ids))
        return (spans @ ids.float().unsqueeze(-1)).squeeze(-1), mask.sum(dim=1)


@pytest.fixture
def trained(tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> Callable[[_Counting], TrainedReader]:
    import torch

    monkeypatch.setattr(torch, "set_num_threads", lambda _: None)
    return lambda network: TrainedReader(cast(Any, network), tokenizer, 1)


def test_readings_come_in_the_order_of_the_pages_whatever_their_lengths(
    trained: Callable[[_Counting], TrainedReader],
) -> None:
    network = _Counting()
    pages = [Page("news", ("late " * n, "pier is")) for n in (9, 1, 8, 2, 7, 3, 6, 4)]
    found = trained(network).read("late", None, pages)
    assert [one.sentences for one in found] == [pytest.approx((7.0, 5.5))] * 8
    assert [one.page for one in found] == [9 + n for n in (9, 1, 8, 2, 7, 3, 6, 4)]  # 9: the frame, and what is alike
    assert network.batches == [reader.BATCH_PAGES, 8 - reader.BATCH_PAGES]


def test_a_sentence_that_is_cut_off_is_unread(trained: Callable[[_Counting], TrainedReader]) -> None:
    (found,) = trained(_Counting()).read("late", None, [Page("news", ("late " * PAGE_TOKENS, "pier is"))])
    assert found.sentences == pytest.approx((7.0, UNREAD))


def test_nothing_to_read_is_no_error(trained: Callable[[_Counting], TrainedReader]) -> None:
    assert trained(_Counting()).read("late", None, []) == []
