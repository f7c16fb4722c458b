"""Retrieval's parts on hand-worked input: terms, fusion, spelling, follow-ups, sentence selection."""

from collections import Counter
from dataclasses import replace

import pytest

from rag.domain import Article, Hit, Passage, Sentence, Span, Statement, Turn
from rag.retrieval.candidates import candidates
from rag.retrieval.fusion import fuse
from rag.retrieval.lexical import LexicalIndex
from rag.retrieval.parts import Outlets, has_two_sides, names_of, parts
from rag.retrieval.people import surnames
from rag.retrieval.question import leans_on_history, understand
from rag.retrieval.ranking import Ranker, RankWeights, Similar
from rag.retrieval.selection import Pool, Scored, Selector, group, leans_on_previous, of_part
from rag.retrieval.spelling import Speller
from rag.retrieval.terms import question_terms, terms, words

TEXT = (
    "Harbour master Elin Vasskog met the ferry owners in Tromso on Tuesday. "
    "She said the new pier would cost $ 40 million. "
    "The talks lasted seven hours. "
    "A baker named Liu Pengui sold buns outside."
)


def _speller(text: str = TEXT) -> Speller:
    return Speller(Counter(words(text)), [text])


def _spans(text: str) -> tuple[Span, ...]:
    spans, start = [], 0
    for part in text.split(". "):
        end = min(len(text), start + len(part) + 1)
        spans.append(Span(start, end))
        start = end + 1
    return tuple(spans)


def _article(text: str = TEXT, id: str = "a.txt", title: str = "Pier talks") -> Article:
    return Article(id, text, "d", title, outlet="Harbour Post", date="2024-02-01")


def _passage(article: Article) -> Passage:
    return Passage(article.id, 0, len(article.text), article.text, sentences=_spans(article.text))


def test_terms_fold_stem_and_drop_stop_words() -> None:
    assert terms("The Ministers' talks, in Tromsö!") == ["minist", "talk", "tromso"]
    assert words("Kirby's 2.5 million") == ["Kirby", "2.5", "million"]


def test_question_words_carry_no_content_unless_nothing_else_is_left() -> None:
    assert question_terms("According to the article, who said the pier is late?") == ["pier", "late"]
    assert question_terms("who said that") != []


def test_fusion_is_the_weighted_sum_of_reciprocal_ranks() -> None:
    fused = dict(fuse({"x": ["a", "b"], "y": ["b"]}, {"x": 1.0, "y": 0.5}, k=60))
    assert fused["a"] == pytest.approx(1 / 61)
    assert fused["b"] == pytest.approx(1 / 62 + 0.5 / 61)
    assert [id for id, _ in fuse({"x": ["a", "b"], "y": ["b"]}, {"x": 1.0, "y": 0.5})] == ["b", "a"]


def test_a_lane_without_weight_adds_nothing() -> None:
    assert fuse({"x": ["a"], "z": ["b"]}, {"x": 1.0}) == [("a", pytest.approx(1 / 11))]


@pytest.mark.parametrize(
    ("asked", "found"),
    [("Liu Pengyu", "Pengui"), ("Vaskog", "Vasskog"), ("Elin Waskog", "Elin")],
)
def test_spellings_are_matched_to_the_articles_own(asked: str, found: str) -> None:
    corrected, _ = _speller().correct(f"What did {asked} say?")
    assert found.casefold() in corrected.casefold()


def test_known_words_and_far_words_are_left_alone() -> None:
    question = "What did Vasskog tell Macron about ferries?"
    assert _speller().correct(question) == (question, ())
    assert _speller().unknown_names(question) == ("Macron",)


def test_a_first_name_is_spelled_as_its_own_last_name_has_it() -> None:
    speller = _speller("Sergei Lavrov met the press. Sergey Sanakoev, an expert, agrees.")
    assert speller.correct("Who is Sergei Sanakoev?")[0] == "Who is Sergey Sanakoev?"
    assert speller.correct("Who is Sergei Lavrov?")[0] == "Who is Sergei Lavrov?"


def test_first_and_last_name_are_told_as_one() -> None:
    assert _speller().unknown_names("What did Angela Merkel tell Vasskog and Macron?") == ("Angela Merkel", "Macron")


@pytest.mark.parametrize(
    ("question", "unknown"),
    [
        ("Zebras and the NATO pier?", ()),
        ("who had covid and who owns a smartphone", ()),
        ("Who Attended The Summit?", ()),
        ("Who is Donald Trump?", ("Donald Trump",)),
        ("We spoke of Gaza. Summarize the plan.", ("Gaza",)),
        ("What does the Health Dept. say?", ("Health",)),
        ("When was it, I've been told?", ()),
        ("what does zelensky say", ("zelensky",)),
    ],
)
def test_capitals_and_words_that_are_no_names_are_not_unknown_names(question: str, unknown: tuple[str, ...]) -> None:
    assert _speller().unknown_names(question) == unknown


@pytest.mark.parametrize(
    "question",
    [
        "And how long did it last?",
        "What about the pier?",
        "why?",
        "Did she say more?",
        "no, the other one",
        "How long was that?",
    ],
)
def test_questions_that_lean_on_the_turn_before(question: str) -> None:
    assert leans_on_history(question)


@pytest.mark.parametrize(
    "question",
    [
        "Who met Elin Vasskog in Tromso?",
        "How long did the talks in Tromso last?",
        "Did Vasskog say that she is glad?",
        "South Korea: who is president there?",
        "Orban said what of Vasskog and the pier?",
    ],
)
def test_questions_that_stand_alone(question: str) -> None:
    assert not leans_on_history(question)


def test_a_follow_up_is_searched_with_the_question_before_it() -> None:
    history = [Turn("Who met the ferry owners in Tromso?", "Harbour master Elin Vasskog met them.")]
    query = understand("And how long did it last?", history, _speller())
    assert query.leans
    assert {"ferri", "tromso", "vasskog"} <= set(query.weights)
    assert query.weights["tromso"] < query.weights.get("last", 1.0)
    assert query.searched == ("Who met the ferry owners in Tromso?", "Elin", "Vasskog")


OWNERS = [Turn("Who met the ferry owners in Tromso?", "Harbour master Elin Vasskog did.")]


@pytest.mark.parametrize(
    "question",
    [
        "No, the other one.",
        "no but what did the baker say in Oslo",
        "no, in Bergen",
        "Not her, the baker",
        "I meant the baker from Oslo, the fat one",
        "And the other baker?",
        "wrong one",
    ],
)
def test_a_correction_rejects_the_answer_before_and_asks_its_question_anew(question: str) -> None:
    query = understand(question, OWNERS, _speller())
    assert query.rejected == {"harbour", "master", "elin", "vasskog"}
    assert query.weights["tromso"] == 1.0 and "vasskog" not in query.weights
    assert query.asks == f"{OWNERS[0].question} {question}"


@pytest.mark.parametrize(
    "question", ["And why?", "What did no one there say about it?", "Does the other owner agree with her?"]
)
def test_any_other_follow_up_rejects_nothing(question: str) -> None:
    query = understand(question, OWNERS, _speller())
    assert query.leans and not query.rejected and query.asks == query.text


def test_no_turn_before_means_no_correction() -> None:
    assert not understand("No, the other one.", [], _speller()).rejected


def test_a_change_of_topic_leaves_the_turn_before_behind() -> None:
    history = [Turn("Who met the ferry owners in Tromso?", "Elin Vasskog.")]
    query = understand("What did Liu Pengui sell?", history, _speller())
    assert not query.leans
    assert "tromso" not in query.weights


def test_bylines_and_credits_are_searched_only_when_asked_for() -> None:
    assert understand("Who met Vasskog?", [], _speller()).kinds == {"body"}
    assert understand("Who took the photo of the pier?", [], _speller()).kinds == {"body", "credit"}
    assert understand("Who wrote about the pier?", [], _speller()).kinds == {"body", "byline"}
    assert understand("Which source told the paper of the pier?", [], _speller()).kinds == {"body"}
    assert understand("Who deserves credit for the pier?", [], _speller()).kinds == {"body"}
    assert understand("Who is the author of the bill?", [], _speller()).kinds == {"body"}
    assert understand("Who are the authors?", [], _speller()).kinds == {"body", "byline"}
    assert understand("Who took a picture of the pier?", [], _speller()).kinds == {"body", "credit"}


def test_the_lexical_lane_finds_by_header_too() -> None:
    first, second = _article(), _article("Nothing of note.", "b.txt", "Weather")
    index = LexicalIndex([_passage(first), _passage(second)], {a.id: a for a in (first, second)})
    assert first.header == "Pier talks · Harbour Post · 2024-02-01"
    assert [id.split("#")[0] for id, _ in index.search({"weather": 1.0}, 5)] == ["b.txt"]
    assert index.search({"nowher": 1.0}, 5) == []
    assert index.idf("nowher") > index.idf("pier") > index.idf("harbour")


def test_an_index_of_nothing_finds_nothing() -> None:
    assert LexicalIndex([], {}).search({"pier": 1.0}, 5) == []


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


def _scored(question: str, text: str = TEXT) -> tuple[Selector, tuple[Scored, ...]]:
    article = _article(text)
    selector = Selector(LexicalIndex([_passage(article)], {article.id: article}).idf)
    query = understand(question, [], _speller(text))
    return selector, selector.score(query, candidates([Hit(_passage(article), 1.0)], {article.id: article}), {})


def _choose(question: str, budget: int, text: str = TEXT) -> list[Scored]:
    selector, scored = _scored(question, text)
    known = sorted((item.sentence for item in scored), key=lambda sentence: sentence.start)

    def neighbours(sentence: Sentence) -> tuple[Sentence | None, Sentence | None]:
        place = known.index(sentence)
        return known[place - 1] if place else None, known[place + 1] if place + 1 < len(known) else None

    return selector.choose(Pool(scored), neighbours, budget, lambda text: len(text.split()))


def test_evidence_fits_the_budget_and_brings_the_sentence_that_a_pronoun_needs() -> None:
    chosen = _choose("What would the new pier cost?", 60)
    texts = [item.sentence.text for item in chosen]
    assert texts[0].startswith("Harbour master") and texts[1].startswith("She said")
    assert sum(len(text.split()) + 4 for text in texts) <= 60
    assert [i.sentence.text for i in _choose("What would the new pier cost?", 15)] == [TEXT.split(". ")[1] + "."]


def test_what_a_correction_rejects_goes_behind_what_it_leaves() -> None:
    def first(question: str) -> str:
        query = understand(question, [Turn("Who likes what?", "Ole Berg likes buses.")], _speller(TEXT))
        article, passage, selector, _ = _people_at_the_pier()
        offered = candidates([Hit(passage, 1.0)], {article.id: article})
        return selector.score(query, offered, {})[0].sentence.text

    assert first("And who else likes it?").startswith("Ole Berg")
    assert first("No, the other one.").startswith("Elin Vasskog")


def test_the_neighbour_that_is_brought_along_keeps_its_speaker() -> None:
    selector, scored = _scored("What would the new pier cost?")
    known = sorted((item.sentence for item in scored), key=lambda sentence: sentence.start)
    said = Statement("a.txt", known[0].start, known[0].end, "reported", "Elin Vasskog")

    def around(sentence: Sentence) -> tuple[Sentence | None, Sentence | None]:
        return (known[known.index(sentence) - 1] if known.index(sentence) else None), None

    chosen = selector.choose(
        Pool(scored), around, 60, lambda text: len(text.split()), lambda s: said if s == known[0] else None
    )
    assert chosen[0].sentence == known[0]
    assert chosen[0].speaker == said


WAYS = (
    "The harbour changes in three ways. "
    "The town gets a crane, a school for captains and a new pier. "
    "It is an old harbour."
)


def test_a_sentence_that_only_repeats_the_question_brings_the_one_after_it() -> None:
    first, second, _ = (part.rstrip(".") + "." for part in WAYS.split(". "))
    assert [item.sentence.text for item in _choose("How does the harbour change?", 28, WAYS)] == [first, second]
    echoes = {item.sentence.text: item.echoes for item in _scored("How does the harbour change?", WAYS)[1]}
    assert echoes[first] and not echoes[second]
    # Here the figure is what is asked for, so nothing else is needed
    asked = _scored("How many ways does the harbour change in?", WAYS)[1]
    assert not next(item.echoes for item in asked if item.sentence.text == first)


def test_neighbours_are_joined_into_one_piece_of_evidence_and_numbered_by_score() -> None:
    article = _article()
    spans = _spans(TEXT)
    chosen = [
        Scored(Sentence("a.txt", s.start, s.end, article.quote(s)), score)
        for s, score in zip(spans, (0.2, 0.9, 0.1, 0.5), strict=True)
    ]
    evidence = group([chosen[0], chosen[1], chosen[3]], {article.id: article})
    assert [(e.n, e.start, e.end) for e in evidence] == [
        (1, spans[0].start, spans[1].end),
        (2, spans[3].start, spans[3].end),
    ]
    assert all(article.text[e.start : e.end] == e.quote for e in evidence)


def _people_at_the_pier() -> tuple[Article, Passage, Selector, list[str]]:
    text = "Elin Vasskog likes the pier and the pier plan. Ole Berg likes buses. It rained on the pier plan."
    article = replace(_article(text), statements=_said_by(text, ("Elin Vasskog", "Ole Berg")))
    passage = Passage("a.txt", 0, len(text), text, sentences=_spans(text))
    people = [name for s in article.statements for name in surnames(s)]
    return article, passage, Selector(LexicalIndex([passage], {"a.txt": article}).idf), people


def _score(question: str) -> tuple[Scored, ...]:
    article, passage, selector, people = _people_at_the_pier()
    by_start = {s.start: s for s in article.statements}
    query = understand(question, [], _speller(article.text))
    offered = candidates([Hit(passage, 1.0)], {"a.txt": article}, lambda s: by_start.get(s.start))
    return selector.score(query, offered, {}, people)


def test_what_somebody_says_counts_for_who_asks_for_it_by_name() -> None:
    found = _score("What do Vasskog and Berg think of the pier plan?")
    assert [item.features["by_named"] for item in found if item.speaker] == [1.0, 1.0]
    assert [item.features["by_named"] for item in _score("Who likes the pier plan?") if item.speaker] == [0.0, 0.0]


def test_each_sub_question_claims_its_best_sentence() -> None:
    whole = _score("What do Vasskog and Berg think of the pier plan?")
    asked = ("What do Vasskog think of the pier plan?", "vasskog"), ("What do Berg think of the pier plan?", "berg")
    pool = Pool(whole, tuple(of_part(_score(text), whole, person) for text, person in asked))
    selector = _people_at_the_pier()[2]
    assert [s.sentence.text.split()[0] for s in selector.claims(pool, each=1)] == ["Elin", "Ole"]
    chosen = selector.choose(pool, lambda _: (None, None), 25, lambda text: len(text.split()))
    assert [s.sentence.text.split()[0] for s in chosen] == ["Elin", "Ole"]


def test_a_sub_question_s_score_is_that_of_both_and_nobody_else_s_words_count() -> None:
    def item(text: str, score: float, **own: float) -> Scored:
        return Scored(Sentence("a.txt", 0, len(text), text), score, own)

    whole = [item("Berg spoke.", 2.0), item("Vasskog did not.", 1.5)]
    part = [item("Berg spoke.", 1.0, berg=1.0), item("Vasskog did not.", 4.0), item("Nobody else.", 9.0)]
    assert [found.score for found in of_part(part, whole, None)] == [5.5, 3.0]
    assert [found.score for found in of_part(part, whole, "berg")] == [3.0]
    assert [found.score for found in of_part(part, whole, "dahl")] == [5.5, 3.0]


def _said_by(text: str, names: tuple[str, ...]) -> tuple[Statement, ...]:
    spans = zip(_spans(text), names, strict=False)
    return tuple(Statement("a.txt", span.start, span.end, "reported", name) for span, name in spans)


@pytest.mark.parametrize(
    ("speaker", "names"),
    [
        ("Elin Vasskog", {"vasskog"}),
        ("Xi Jinping", {"xi", "jinp"}),
        ("Moscow", set()),
        ("The Lund Times", set()),
        ("The White House", set()),
        ("Ursula von der Leyen", {"leyen"}),
        ("Anna O'Brien", {"o'brien"}),
        ("a ferry owner", set()),
    ],
)
def test_only_people_with_first_and_last_name_are_asked_for_by_name(speaker: str, names: set[str]) -> None:
    assert surnames(Statement("a.txt", 0, 1, "direct", speaker)) == names


# -- ranking by parts --------------------------------------------------------------------------------------------------


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
    ("question", "several"),
    [
        ("Contrast the mayor's view with the harbour master's.", True),
        ("What do the two sides say of the pier?", True),
        ("How long did the talks last?", False),
        ("How long did the talks between the two mayors last?", False),
        ("Who spoke against the pier while it was built?", False),
    ],
)
def test_questions_with_two_sides(question: str, several: bool) -> None:
    assert has_two_sides(question) is several


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
    articles = [replace(_article(), outlet=outlet) for outlet in ("The Verge", "Fortune")]
    assert Outlets([*articles, replace(_article(), outlet=None)]).named(text) == named


def _ranked(
    question: str, *articles: Article, weights: RankWeights | None = None, similar: Similar | None = None
) -> list[tuple[str, float]]:
    passages = [
        Passage(a.id, s.start, s.end, a.quote(s), sentences=(s,)) for a in articles for s in _spans(a.text) if len(s)
    ]
    by_id = {a.id: a for a in articles}
    ranker = Ranker(LexicalIndex(passages, by_id), passages, by_id, weights)
    places = {
        p.id: f"{p.article}:{n}" for a in articles for n, p in enumerate(x for x in passages if x.article == a.id)
    }
    return [(places[id], score) for id, score in ranker.rank(understand(question, [], _speller()), 10, similar)]


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


def test_nearness_in_meaning_adds_to_what_the_words_give() -> None:
    near = [
        place
        for place, _ in _ranked("pier", POST, similar=lambda passages: [float("mayor" in p.text) for p in passages])
    ]
    assert near[0] == "p:1"
    assert _ranked("pier", POST)[0][0] == "p:1"  # the shorter of two passages
    far = _ranked("pier", POST, similar=lambda passages: [float("council" in p.text) for p in passages])
    assert far[0][0] == "p:0"


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
