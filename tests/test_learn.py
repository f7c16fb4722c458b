"""What the reader and the search model learn from, and by which loss: small articles and hand-worked numbers."""

import json
import math
import random
from pathlib import Path

import pytest

from eval.learn.examples import CANDIDATES, Example, Labelled, examples
from rag.domain import Turn
from rag.models import HashEmbedder, Page

TEXTS = {
    "pier.txt": "Pier closed\n\nThe harbour office closed the pier on Monday. Its planks are rotten, said Ole Berg.",
    "tram.txt": "Tram delayed\n\nThe tram to the harbour will be late. The council gave no reason for it.",
    "mill.txt": "Mill sold\n\nThe mill was sold to a baker. She paid 40,000 crowns for the old mill.",
}


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    for name, text in TEXTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def _gold(folder: Path, *rows: dict[str, object]) -> Path:
    file = folder.parent / "gold.jsonl"
    blank = {"type": "factoid", "answer": None, "required": [], "evidence": []}
    file.write_text("".join(json.dumps(blank | {"id": f"q{n}"} | row) + "\n" for n, row in enumerate(rows)))
    return file


WHY = {
    "question": "Why was the pier closed?",
    "answer": "Its planks are rotten.",
    "required": [["rotten"]],
    "evidence": [{"doc": "pier.txt", "quote": "Its planks are rotten, said Ole Berg."}],
}
UNSAID = {
    "question": "Why is the tram late?",
    "type": "unanswerable",
    "near": [{"doc": "tram.txt", "quote": "The tram to the harbour will be late."}],
}


def test_the_sentences_of_the_evidence_are_marked_and_only_they(articles: Path) -> None:
    (found,) = examples(_gold(articles, WHY), articles, HashEmbedder())
    (page,) = found.answering
    marked = [text for text, answers in zip(page.page.sentences, page.answers, strict=True) if answers]
    assert [text.rpartition(": ")[2] for text in marked] == ["Its planks are rotten, said Ole Berg."]
    assert not found.near
    assert all(not any(other.answers) and other.page != page.page for other in found.others)


def test_what_nothing_answers_has_pages_that_seem_to(articles: Path) -> None:
    (found,) = examples(_gold(articles, UNSAID), articles, HashEmbedder())
    assert not found.answering
    assert [page.page.sentences[1] for page in found.near] == ["The tram to the harbour will be late."]
    assert not any(found.near[0].answers)
    assert found.near[0].page not in [other.page for other in found.others]


def test_no_page_of_a_withheld_article_is_used_and_no_question_that_needs_one(articles: Path) -> None:
    held = frozenset({"pier.txt"})
    (found,) = examples(_gold(articles, WHY, UNSAID), articles, HashEmbedder(), held)
    assert found.question == "Why is the tram late?"
    assert all("Pier closed" not in page.page.sentences for page in (*found.near, *found.others))


def test_a_question_keeps_the_turn_before_it(articles: Path) -> None:
    row = WHY | {"question": "And why?", "history": [{"question": "Is the pier open?", "answer": "It is closed."}]}
    (found,) = examples(_gold(articles, row), articles, HashEmbedder())
    assert found.turn == Turn("Is the pier open?", "It is closed.")


def _page(n: int, answers: bool = False) -> Labelled:
    return Labelled(Page("", (f"Sentence {n}.",)), (answers,))


def test_pages_are_drawn_answers_first_then_near_misses_then_the_best_of_the_others_most_often() -> None:
    example = Example(
        "?",
        None,
        tuple(_page(n, True) for n in range(6)),
        tuple(_page(n) for n in range(10, 13)),
        tuple(_page(n) for n in range(20, 20 + CANDIDATES)),
    )
    dice = random.Random(1)
    drawn = example.drawn(dice, 8)
    assert sum(any(page.answers) for page in drawn) == 4
    assert sum(page in example.near for page in drawn) == 2
    assert sum(page in example.others for page in drawn) == 2
    bare = Example("?", None, (), (), example.others)
    first = sum(example.others[0] in bare.drawn(dice, 1) for _ in range(400))
    last = sum(example.others[-1] in bare.drawn(dice, 1) for _ in range(400))
    assert first > 2 * last
    assert len(Example("?", None, (), (), ()).drawn(dice, 6)) == 0


def test_the_loss_is_that_of_the_right_sentence_against_all_and_none() -> None:
    torch = pytest.importorskip("torch")
    from eval.learn.reader import _loss

    pages = [Labelled(Page("", ("a", "b")), (True, False))]
    logits = [(torch.tensor([math.log(3.0), 0.0]), torch.tensor(0.0))]
    # odds 3 and 1, none 1: the right one has 3/5; each by itself -log(3/4) - log(1/2); the page half of -log(1/2)
    wanted = math.log(5 / 3) + math.log(4 / 3) + math.log(2) + 0.5 * math.log(2)
    assert float(_loss(pages, logits)) == pytest.approx(wanted)
    silent = [Labelled(Page("", ("a", "b")), (False, False))]
    # none has 1/5; each by itself -log(1/4) - log(1/2)
    assert float(_loss(silent, logits)) == pytest.approx(math.log(5) + math.log(4) + math.log(2) + 0.5 * math.log(2))


def test_what_teachers_say_is_learned_beside_the_labels_and_half_of_it_from_the_one_who_has_not_seen_the_answer() -> (
    None
):
    torch = pytest.importorskip("torch")
    from eval.learn.reader import LABELS, _agreed, _loss

    def say(sentence: float) -> list[tuple[object, object]]:
        return [(torch.tensor([sentence]), torch.tensor(sentence))]

    ((agreed, page),) = _agreed([say(1.0), say(2.0), say(6.0)], 2)
    assert float(agreed) == pytest.approx(0.25 * 1 + 0.25 * 2 + 0.5 * 6) == pytest.approx(float(page))
    pages, even = [Labelled(Page("", ("a",)), (True,))], [(torch.tensor([0.0]), torch.tensor(0.0))]
    # to agree costs nothing by the softmax; to be unsure log(2) for the sentence and half of it for the page
    wanted = LABELS * float(_loss(pages, even)) + 1.5 * math.log(2)
    assert float(_loss(pages, even, even)) == pytest.approx(wanted)
    surer = [(torch.tensor([math.log(3.0)]), torch.tensor(0.0))]
    # the teachers' 3/4 and 1/4 against 1/2 and 1/2
    wanted += 0.75 * math.log(1.5) + 0.25 * math.log(0.5)
    assert float(_loss(pages, even, surer)) == pytest.approx(wanted)


def test_words_are_learned_as_they_will_be_packed(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from eval.learn.reader import Rounded
    from rag.models import packed

    table = torch.randn(3, 2 * packed.GROUP, generator=torch.Generator().manual_seed(0), requires_grad=True)
    rounded = Rounded()(table)
    packed.save({"table": table.detach().numpy()}, tmp_path / "t", four=frozenset({"table"}))
    kept = packed.unpacked(packed.read(tmp_path / "t"))["table"]
    assert rounded.detach().numpy() == pytest.approx(kept, abs=1e-6)
    rounded.sum().backward()
    assert table.grad is not None and bool((table.grad == 1).all())


def test_a_network_learns_from_the_labels_and_its_lower_layers_from_it() -> None:
    torch = pytest.importorskip("torch")
    from tokenizers import Tokenizer
    from transformers import MPNetConfig, MPNetModel

    from eval.learn.reader import LAYERS, Recipe, Trainer, _lower
    from rag.models import own
    from rag.models.reader import Encoding, tensors
    from rag.models.reader_network import VOCABULARY, ReaderNetwork

    torch.manual_seed(0)
    config = MPNetConfig(
        vocab_size=VOCABULARY, hidden_size=32, num_hidden_layers=LAYERS + 1, num_attention_heads=2, intermediate_size=32
    )
    config._attn_implementation = "eager"
    encoding = Encoding(Tokenizer.from_file(str(own.checked(own.READER_TOKENS))))
    pages = (Labelled(Page("Mill", ("It was sold.",)), (True,)), Labelled(Page("Tram", ("It is late.",)), (False,)))
    learned = [Example("Was the mill sold?", None, pages[:1], (), pages[1:])] * 4
    recipe = Recipe(epochs=12, rate=1e-2, head_rate=1e-2, pages=2, questions=4, dropout=0.0, rounded=True)
    network = ReaderNetwork(MPNetModel(config, add_pooling_layer=False))
    teacher = Trainer(network, encoding, learned, recipe).run()
    student = Trainer(_lower(teacher), encoding, learned, recipe, [teacher]).run()
    assert len(student.encoder.encoder.layer) == LAYERS
    assert set(student.state_dict()) < set(teacher.state_dict())
    asked = encoding.question("Was the mill sold?")
    for one in (teacher, student):
        with torch.no_grad():
            told, _ = one(*tensors([encoding.joined(asked, encoding.page(page.page)) for page in pages]))
        assert float(told[0, 0]) > 0 > float(told[1, 0])


def test_an_adapter_of_full_rank_is_the_change_and_one_of_low_rank_its_largest_part() -> None:
    torch = pytest.importorskip("torch")
    from eval.learn.embedder import _adapter

    before = {"w": torch.zeros(2, 2)}
    after = {"w": torch.tensor([[3.0, 0.0], [0.0, 1.0]])}
    full, low = (_adapter(before, after, rank) for rank in (2, 1))
    assert (full["w.up"] @ full["w.down"]).ravel().tolist() == pytest.approx([3, 0, 0, 1], abs=1e-2)
    assert (low["w.up"] @ low["w.down"]).ravel().tolist() == pytest.approx([3, 0, 0, 0], abs=1e-2)
