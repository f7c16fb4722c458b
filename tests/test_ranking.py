"""Ranking passages: fusion, BM25, the parts of a question and the lexical lane, worked by hand."""

from dataclasses import replace

import pytest

from rag.domain import Article, Passage
from rag.retrieval.fusion import fuse
from rag.retrieval.lexical import LexicalIndex
from rag.retrieval.parts import Outlets, is_done_together, names_of, parts
from rag.retrieval.question import understand
from rag.retrieval.ranking import Ranker, RankWeights
from tests.pier import make_article, make_passage, make_speller, spans

# -- fusion and BM25 ---------------------------------------------------------------------------------------------------


def test_fusion_is_the_weighted_sum_of_reciprocal_ranks() -> None:
    fused = dict(fuse({"x": ["a", "b"], "y": ["b"]}, {"x": 1.0, "y": 0.5}, k=60))
    assert fused["a"] == pytest.approx(1 / 61)
    assert fused["b"] == pytest.approx(1 / 62 + 0.5 / 61)
    assert [id for id, _ in fuse({"x": ["a", "b"], "y": ["b"]}, {"x": 1.0, "y": 0.5})] == ["b", "a"]


def test_a_lane_without_weight_adds_nothing() -> None:
    assert fuse({"x": ["a"], "z": ["b"]}, {"x": 1.0}) == [("a", pytest.approx(1 / 11))]


def test_the_lexical_lane_finds_by_header_too() -> None:
    first, second = make_article(), make_article("Nothing of note.", "b.txt", "Weather")
    index = LexicalIndex([make_passage(first), make_passage(second)], {a.id: a for a in (first, second)})
    assert first.header == "Pier talks · Harbour Post · 2024-02-01"
    assert [id.split("#")[0] for id, _ in index.search({"weather": 1.0}, 5)] == ["b.txt"]
    assert index.search({"nowher": 1.0}, 5) == []
    assert index.idf("nowher") > index.idf("pier") > index.idf("harbour")


def test_an_index_of_nothing_finds_nothing() -> None:
    assert LexicalIndex([], {}).search({"pier": 1.0}, 5) == []


# -- the parts of a question -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("Who met Elin Vasskog in Tromso?", ("Who met Elin Vasskog in Tromso?",)),
        ("When and where?", ("When and where?",)),
        (
            "Does the Harbour Post praise the pier plan, while the Fjord Times calls it far too dear?",
            ("Does the Harbour Post praise the pier plan", "the Fjord Times calls it far too dear?"),
        ),
        # "and buses" alone would find anything: it stays with what follows, or at the end with what came before
        ("Ferries and cheap night trains to Oslo", ("Ferries cheap night trains to Oslo",)),
        ("Cheap night trains to Oslo and buses", ("Cheap night trains to Oslo buses",)),
    ],
)
def test_a_question_falls_into_its_parts(question: str, found: tuple[str, ...]) -> None:
    assert parts(question) == found


@pytest.mark.parametrize(
    ("question", "together"),
    [
        ("What did Vasskog and Berg agree on?", True),
        ("Where did Vasskog and Berg meet?", True),
        ("What did Vasskog and Berg say to each other?", True),
        ("What do Vasskog and Berg say of the pier?", False),
    ],
)
def test_what_people_do_with_one_another_cannot_be_asked_of_each(question: str, together: bool) -> None:
    assert is_done_together(question) is together


def test_an_outlet_is_called_by_its_short_name_too() -> None:
    assert names_of("The Fjord Times | Ferry News") == (
        "The Fjord Times | Ferry News",
        "The Fjord Times",
        "Fjord Times",
    )
    assert names_of("Harbour Post - Business") == ("Harbour Post - Business", "Harbour Post")
    assert names_of("The Age") == ("The Age",)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("What does the Verge say?", {"The Verge"}),
        ("What does 'Fortune' say, and The Verge's article?", {"The Verge", "Fortune"}),
        ("On the verge of a fortune, said Vasskog", set()),
        ("what does fortune say", {"Fortune"}),
        ("Fortunes and Verges", set()),
    ],
)
def test_outlets_are_named_as_whole_words_with_their_capitals(text: str, named: set[str]) -> None:
    articles = [replace(make_article(), outlet=outlet) for outlet in ("The Verge", "Fortune")]
    assert Outlets([*articles, replace(make_article(), outlet=None)]).named(text) == named


# -- ranking by parts --------------------------------------------------------------------------------------------------


def _ranked(question: str, *articles: Article, weights: RankWeights | None = None) -> list[tuple[str, float]]:
    passages = [
        Passage(a.id, s.start, s.end, a.quote(s), sentences=(s,)) for a in articles for s in spans(a.text) if len(s)
    ]
    by_id = {a.id: a for a in articles}
    ranker = Ranker(LexicalIndex(passages, by_id), passages, by_id, weights)
    places = {
        p.id: f"{p.article}:{n}" for a in articles for n, p in enumerate(x for x in passages if x.article == a.id)
    }
    return [(places[id], score) for id, score in ranker.rank(understand(question, [], make_speller()), 10)]


POST = Article(
    "p", "The council paid for the new pier. The mayor praised the pier. Ferries were late.", "d", "P", outlet="Post"
)
TIMES = Article(
    "t", "The council paid for the new pier. Bakers sold rye buns in Oslo. Snow fell.", "d", "T", outlet="Times"
)


def test_each_part_of_a_question_finds_its_own_passage() -> None:
    question = "Who paid for the new council pier, and which bakers sold rye buns in Oslo?"
    found = [place for place, _ in _ranked(question, POST, TIMES)]
    assert "t:1" in found[:2] and {"p:0", "t:0"} & set(found[:2])


def test_a_part_is_looked_for_where_its_outlet_says_so() -> None:
    """Post and Times say the same in the same words: only the name decides which comes first."""
    assert _ranked("What does the Times say the council paid for?", POST, TIMES)[0][0] == "t:0"
    assert _ranked("What does the Post say the council paid for?", POST, TIMES)[0][0] == "p:0"


def test_views_add_up_by_hand() -> None:
    """One passage holds every word of a question of one part: it is best in each view, so 1.5 + 1 + 0.5.

    With the outlet named: 0.4 more, but its name stands in the header, not in the sentence. It is in all 3 passages
    (idf ln(1 + 0.5 / 3.5) = 0.134), the 5 others in one (ln(1 + 2.5 / 1.5) = 0.981): the sentence holds 4.904 / 5.038.
    """
    first, *_ = _ranked("rye buns bakers sold Oslo", TIMES)
    assert first == ("t:1", pytest.approx(3.0))
    named, *_ = _ranked("Times rye buns bakers sold Oslo", TIMES)
    assert named == ("t:1", pytest.approx(1.5 + 0.4 + 1 + 0.5 * 4.904 / 5.038, abs=1e-3))


def test_of_two_passages_with_the_same_words_the_shorter_goes_first() -> None:
    assert [place for place, _ in _ranked("pier", POST)] == ["p:1", "p:0"]


def test_scores_never_grow_and_what_stands_beside_a_taken_passage_counts_less() -> None:
    plain = dict(_ranked("pier council mayor", POST, weights=RankWeights(spread=0, article=0, beside=0)))
    spread = _ranked("pier council mayor", POST, weights=RankWeights(spread=0, article=0.1, beside=0.2))
    scores = [score for _, score in spread]
    assert scores == sorted(scores, reverse=True)
    (_, best), (place, second) = spread[:2]
    assert second == pytest.approx(plain[place] - 0.3)
    assert best == pytest.approx(max(plain.values()))


def test_words_that_no_passage_holds_find_nothing() -> None:
    assert _ranked("zyx wvut", POST) == []
