"""Which sentences become evidence, worked by hand: budget, neighbours, repeats, pieces and their numbers."""

from collections.abc import Callable, Mapping

import pytest

from rag.domain import Article, Sentence, Statement
from rag.retrieval.pages import Scored
from rag.retrieval.selection import FLOOR, LIKELY, MARKER_TOKENS, SEVERAL, choose, group, leans_on_previous
from tests.pier import SENTENCES, TEXT, make_article, spans

ARTICLE = make_article()
SPANS = spans(TEXT)
MET, COST, TALKS, BUNS = (
    Sentence("a.txt", span.start, span.end, text) for span, text in zip(SPANS, SENTENCES, strict=True)
)


def _count(text: str) -> int:
    return len(text.split())


def _around(*known: Sentence) -> Callable[[Sentence], tuple[Sentence | None, Sentence | None]]:
    def neighbours(sentence: Sentence) -> tuple[Sentence | None, Sentence | None]:
        place = known.index(sentence)
        return known[place - 1] if place else None, known[place + 1] if place + 1 < len(known) else None

    return neighbours


AROUND = _around(MET, COST, TALKS, BUNS)


def _choose(scores: Mapping[Sentence, float], budget: int) -> list[Sentence]:
    ranked = [Scored(sentence, score) for sentence, score in sorted(scores.items(), key=lambda pair: -pair[1])]
    return [item.sentence for item in choose(ranked, AROUND, budget, _count)]


@pytest.mark.parametrize(
    ("sentence", "leans"),
    [
        ("She said the pier would cost more.", True),
        ("According to him, it is late.", True),
        ("The expert believes so.", True),
        ("“We did not expect it.", True),
        ("“We did not expect it,” Vasskog said.", False),
        ("Elin Vasskog met the owners.", False),
    ],
)
def test_sentences_that_lean_on_the_one_before(sentence: str, leans: bool) -> None:
    assert leans_on_previous(sentence) is leans


# -- the budget --------------------------------------------------------------------------------------------------------

UNLIKELY = {MET: LIKELY - 0.1, BUNS: LIKELY - 0.2, TALKS: LIKELY - 0.3}
"""12, 8 and 5 words, and 4 for each marker: 16, 12 and 9 tokens."""


@pytest.mark.parametrize(
    ("budget", "chosen"),
    [(37, [MET, BUNS, TALKS]), (36, [MET, BUNS]), (27, [MET, TALKS]), (15, [BUNS]), (8, [])],
)
def test_evidence_fits_the_budget_and_what_does_not_is_passed_over(budget: int, chosen: list[Sentence]) -> None:
    assert [_count(s.text) + MARKER_TOKENS for s in UNLIKELY] == [16, 12, 9]
    assert _choose(UNLIKELY, budget) == chosen


def test_a_sentence_that_is_likely_may_go_over_the_budget_but_not_for_ever() -> None:
    # 1.7 times 22 are 37: all three. 1.7 times 21 are 36: the last one no longer fits.
    assert (round(22 * SEVERAL), round(21 * SEVERAL)) == (37, 36)
    likely = {sentence: score + 0.5 for sentence, score in UNLIKELY.items()}
    assert _choose(likely, 22) == [MET, BUNS, TALKS]
    assert _choose(likely, 21) == [MET, BUNS]
    # Only the first is likely: what follows has to fit the budget itself.
    assert _choose(UNLIKELY | {MET: LIKELY}, 24) == [MET]
    assert _choose(UNLIKELY | {MET: LIKELY}, 25) == [MET, TALKS]


def test_what_is_far_less_likely_than_the_best_is_left_out_even_where_there_is_room() -> None:
    assert _choose({MET: 2.0, TALKS: 2.0 - FLOOR, BUNS: 1.9 - FLOOR}, 200) == [MET, TALKS]


# -- neighbours --------------------------------------------------------------------------------------------------------


def test_evidence_brings_the_sentence_that_a_pronoun_needs() -> None:
    # "She said ..." has 10 words, and the one before it 12: with two markers 30.
    assert _choose({COST: LIKELY - 1}, 30) == [MET, COST]
    assert _choose({COST: LIKELY - 1}, 29) == [COST]


def test_words_whose_speaker_is_known_need_no_sentence_before_them() -> None:
    said = Statement("a.txt", COST.start, COST.end, "reported", "Elin Vasskog")
    assert [item.sentence for item in choose([Scored(COST, 1.0, said)], AROUND, 60, _count)] == [COST]


def test_the_neighbour_that_is_brought_along_keeps_its_speaker() -> None:
    said = Statement("a.txt", MET.start, MET.end, "reported", "Elin Vasskog")
    chosen = choose([Scored(COST, 1.0)], AROUND, 60, _count, lambda s: said if s == MET else None)
    assert [(item.sentence, item.speaker) for item in chosen] == [(MET, said), (COST, None)]


def test_the_lines_of_a_credit_come_together() -> None:
    chosen = choose([Scored(TALKS, 1.0, aside=True)], AROUND, 60, _count)
    assert [(item.sentence, item.aside) for item in chosen] == [(COST, True), (TALKS, True), (BUNS, True)]


def test_what_is_said_twice_in_the_same_words_is_evidence_once() -> None:
    again = Sentence("b.txt", 0, len(TALKS.text), TALKS.text.upper())
    within = Sentence("b.txt", 40, 52, "Seven hours.")
    ranked = [Scored(TALKS, 3.0), Scored(again, 2.0), Scored(within, 1.0)]
    assert [item.sentence for item in choose(ranked, lambda _: (None, None), 60, _count)] == [TALKS]


def test_nothing_scored_makes_no_evidence() -> None:
    assert choose([], AROUND, 60, _count) == []
    assert group([], {}) == ()


# -- pieces of evidence ------------------------------------------------------------------------------------------------


def _pieces(scores: Mapping[Sentence, float], *articles: Article) -> list[tuple[int, str, str]]:
    known = {article.id: article for article in articles or (ARTICLE,)}
    found = group([Scored(sentence, score) for sentence, score in scores.items()], known)
    assert all(known[e.article].text[e.start : e.end] == e.quote for e in found)
    return [(e.n, e.article, e.quote) for e in found]


def test_neighbours_are_joined_into_one_piece_of_evidence() -> None:
    joined = f"{MET.text} {COST.text}"
    assert _pieces({MET: 0.2, COST: 0.9, BUNS: 0.5}) == [(1, "a.txt", joined), (2, "a.txt", BUNS.text)]


def test_a_piece_has_three_sentences_at_most() -> None:
    three = f"{MET.text} {COST.text} {TALKS.text}"
    found = _pieces(dict.fromkeys((MET, COST, TALKS, BUNS), 1.0))
    assert found == [(1, "a.txt", three), (2, "a.txt", BUNS.text)]


def test_a_piece_is_no_longer_than_a_citation_may_be() -> None:
    text = " ".join(["word"] * 60 + ["end."] + ["more"] * 60 + ["done."])
    first, second = (Sentence("a.txt", s.start, s.end, text[s.start : s.end]) for s in spans(text))
    assert [quote for _, _, quote in _pieces({first: 1.0, second: 1.0}, make_article(text))] == [
        first.text,
        second.text,
    ]


def test_evidence_stands_by_article_the_likeliest_first_and_within_it_in_the_order_of_reading() -> None:
    other = make_article("It rained.", "b.txt")
    rain = Sentence("b.txt", 0, 10, "It rained.")
    scores = {MET: 0.1, rain: 0.5, BUNS: 0.9}
    assert [(n, quote) for n, _, quote in _pieces(scores, ARTICLE, other)] == [
        (1, MET.text),
        (2, BUNS.text),
        (3, rain.text),
    ]
    assert [quote for _, _, quote in _pieces(scores | {rain: 1.0}, ARTICLE, other)] == [rain.text, MET.text, BUNS.text]


def test_a_piece_tells_everybody_who_speaks_in_it_once() -> None:
    def said(sentence: Sentence, name: str, role: str | None = None) -> Scored:
        return Scored(sentence, 1.0, Statement("a.txt", sentence.start, sentence.end, "reported", name, role))

    chosen = [said(MET, "Elin Vasskog", "harbour master"), said(COST, "Elin Vasskog", "harbour master")]
    first, second = group([*chosen, said(TALKS, "Ole Berg"), Scored(BUNS, 1.0)], {"a.txt": ARTICLE})
    assert first.speaker == "Elin Vasskog, harbour master; Ole Berg"
    assert second.speaker is None
