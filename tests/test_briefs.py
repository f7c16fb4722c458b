"""Articles in brief: each kind of list on articles of a few lines. People and firms are made up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.briefs import (
    Brief,
    brief,
    countries,
    events,
    figures,
    organisations,
    organisations_of,
    overview,
    people,
    people_of,
    places,
    summary,
    things,
    told_in,
)
from rag.domain import Article, Sentence, Span
from rag.quotes import statements
from rag.records import brief_row, to_brief
from rag.sentences import sentences as spans

HARBOUR = (
    "The city council of Leeds approved a new harbour bridge on Monday after a long debate. "
    "Harbour minister Anna Berg said the bridge will cost 40 million euros and carry 2000 lorries a day. "
    "He did not want to answer further questions about the costs. "
    "“Nobody has asked the people who live there.” "
    "Will the bridge ever be finished? "
    "Sign up for our newsletter to read more about the harbour bridge. "
    "Opposition leader Tom Grey told reporters that the bridge would ruin the old harbour and its fishermen. "
    "The bridge should replace the ferry between the harbour and the island of Holm in 2027. "
    "Photo: the harbour bridge. "
    "Berg added that the European Commission pays half of the costs of the bridge."
)


def article(text: str, id: str = "a.txt", **details: str) -> tuple[Article, tuple[Sentence, ...]]:
    made = Article(id, text, "digest", details.pop("title", "Title"), **details)
    made = replace(made, statements=tuple(statements(made)))
    return made, tuple(Sentence(id, s.start, s.end, text[s.start : s.end]) for s in spans(text))


def of(*texts: str) -> tuple[dict[str, Article], dict[str, tuple[Sentence, ...]]]:
    made = [article(text, f"{n}.txt") for n, text in enumerate(texts)]
    return {a.id: a for a, _ in made}, {a.id: s for a, s in made}


def names(things: tuple[object, ...]) -> list[str]:
    return [thing.name for thing in things]


def when(text: str, date: str | None = None) -> list[tuple[str, tuple[int, int, int] | None]]:
    made, found = article(text)
    return [(e.when, e.key) for e in events(replace(made, date=date), found)]


def test_a_summary_tells_what_stands_alone_in_reading_order() -> None:
    made, found = article(HARBOUR, title="Leeds approves harbour bridge")
    told = summary(made, found)
    assert 3 <= len(told) <= 5
    assert told[0].text.startswith("The city council of Leeds")
    assert list(told) == sorted(told, key=lambda s: s.start)
    for wrong in ("He did not", "“Nobody", "Will the", "Sign up", "Photo:"):
        assert not any(s.text.startswith(wrong) for s in told)


def test_a_summary_says_nothing_twice() -> None:
    line = "The council of Leeds approved the new harbour bridge after a long debate on Monday."
    made, found = article(f"{line} {line} " + line.replace("Monday", "Monday evening"))
    assert len(summary(made, found)) == 1


def test_a_summary_does_not_repeat_itself_in_other_forms_nor_lean_on_what_it_leaves_out() -> None:
    made, found = article(
        "The Holm Gazette reports that Leeds has asked Hull for military aid in the harbour war. "
        "The Holm Gazette earlier reported that Leeds had asked Hull for military assistance in the harbour. "
        "A similar opinion is shared by the head of the Leeds harbour centre in Hull. "
        "Minister Anna Berg said on Tuesday that nobody in Hull has answered the letter."
    )
    told = " ".join(s.text for s in summary(made, found))
    assert told.count("Gazette") == 1 and "similar opinion" not in told and "Anna Berg" in told


def test_there_is_no_summary_of_nothing() -> None:
    made, _ = article("x")
    assert summary(made, ()) == () and overview({}, {}) == ()


def test_an_overview_has_one_sentence_an_article_and_different_ones_of_many() -> None:
    arts, found = of(HARBOUR, HARBOUR.replace("Leeds", "Hull"), "Gold prices rose by four per cent in London.")
    assert [id for id, _ in overview(arts, found)] == ["0.txt", "1.txt", "2.txt"]
    few = [id for id, _ in overview(arts, found, most=2)]
    assert "2.txt" in few and len(few) == 2


@pytest.mark.parametrize(
    ("text", "said", "key"),
    [
        ("The bridge opened on Friday, February 4 with a feast.", "on Friday, February 4", (2022, 2, 4)),
        ("The bridge opened on 4 February 2014 with a feast.", "on 4 February 2014", (2014, 2, 4)),
        ("The firm was founded in 2014 by two sisters.", "in 2014", (2014, 0, 0)),
        ("The bridge was closed in December 2020 for good.", "in December 2020", (2020, 12, 0)),
        ("The bridge was closed back in June.", "back in June", (0, 6, 0)),
        ("The minister resigned on Monday after a debate.", "on Monday", None),
        ("Last week the minister spoke of the bridge.", "Last week", None),
        ("The minister spoke of the bridge yesterday.", "yesterday", None),
    ],
)
def test_an_event_has_the_words_for_its_time(text: str, said: str, key: tuple[int, int, int] | None) -> None:
    assert when(text, "2022-02-10") == [(said, key)]


@pytest.mark.parametrize(
    "text",
    [
        "The ship carried the grain in 2000 sacks to the harbour.",
        "It weighs 2000 tonnes and may be moved.",
        "Black Friday was a success for the shops.",
        "He may march to the harbour with them.",
    ],
)
def test_figures_and_names_are_no_times(text: str) -> None:
    assert when(text) == []


def test_a_year_is_never_guessed() -> None:
    assert when("The bridge opened on December 20 with a feast.", "2022-02-10") == [("on December 20", (0, 12, 20))]
    assert when("The bridge opened on December 20 with a feast.") == [("on December 20", (0, 12, 20))]


def test_figures_are_amounts_and_quantities_but_no_dates() -> None:
    made, found = article(
        "The bridge costs $40 million. It opened in 2014. Prices rose by 4 per cent. About 300 workers built it."
    )
    assert [s.text.split()[0] for s in figures(made, found)] == ["The", "Prices", "About"]


def test_a_person_has_a_role_what_they_say_and_one_entry_in_all_articles() -> None:
    arts, found = of(HARBOUR, "Minister Anna Berg met fishermen. “I like the bridge,” Berg said on Tuesday.")
    first = people(arts, found)[0]
    assert (first.name, first.role) == ("Anna Berg", "Harbour minister")
    assert first.introduced.text.startswith("Harbour minister Anna Berg")
    assert first.articles == ("0.txt", "1.txt") and len(first.statements) >= 3
    assert names(people(arts, found)).count("Anna Berg") == 1


@pytest.mark.parametrize(
    ("text", "nobody"),
    [
        ("When Zolvo said it would sell ships, shares fell. When Zolvo says no, it means no.", "When Zolvo"),
        ("Was FTX already closed then? Was FTX said to be closed, customers asked.", "Was FTX"),
        ("According to UK-listed HSF, it is all to do with the value of its songs.", "UK-listed HSF"),
        ("Real Bergen manager Tom Grey said the game at Real Bergen was fair.", "Real Bergen"),
        ("The Leigh Holm Lions coach Tom Grey left. Leigh Holm Lions said he was ill.", "Leigh Holm Lions"),
        ("Managers: Tom Grey Harbour Shield Cup 51 games. Tom Grey Harbour Shield Cup said so.", "Tom Grey Harbour"),
        ("Striker Inter Holm scored, and captain Inter Holm left the game early.", "Inter Holm"),
        ("Using Omnibug, customers said, is hard. Comparing TV to film, said the director, is wrong.", "Using Omnibug"),
        ("The bank ChatBNK said it would close. Director Old ChatBNK said so.", "Old ChatBNK"),
    ],
)
def test_clubs_firms_and_openings_of_sentences_are_nobody(text: str, nobody: str) -> None:
    told = names(people(*of(f"Engineer Anna Berg said the bridge is old. {text}")))
    assert "Anna Berg" in told and not [name for name in told if nobody in name]


@pytest.mark.parametrize(
    "text",
    [
        "Lawyer Can Sun said the bridge is safe.",
        "The minister ran into Piet Visser, the editor of the Holm Gazette, at the harbour.",
        "Engineer Maria Salman Hossain Berg said the bridge is old.",
        "Deputy mayor DeMeco McRae said the bridge is old.",
        "Sociologist Victor Ray said the bridge is old.",
        "Ask Piet Visser, said the mayor. “We like it,” Piet Visser said, and Visser laughed.",
    ],
)
def test_unusual_names_are_somebody(text: str) -> None:
    assert len(names(people(*of(text)))[0].split()) >= 2
    assert names(people(*of(text)))[0].split()[0] in {"Can", "Piet", "Maria", "DeMeco", "Victor"}


def test_a_title_alone_is_no_role() -> None:
    arts, found = of("Sir Piet Visser said the bridge is old. The former Anna Berg said nothing, Berg said.")
    assert {p.role for p in people(arts, found)} == {None}


def test_spellings_of_a_name_are_joined() -> None:
    arts, found = of(
        "“We wait,” said Liu Pengyu, a spokesman for the embassy.", "“We hope,” said Liu Pengui, a spokesman."
    )
    assert len(people(arts, found)) == 1


def test_a_person_named_with_a_role_need_not_speak() -> None:
    arts, found = of("The fleet was led by Admiral Piet Visser through the night.")
    assert names(people(arts, found)) == ["Piet Visser"]


def test_the_unnamed_come_behind_and_institutions_not_at_all() -> None:
    arts, found = of(
        "A spokesman for the ministry said the bridge is safe. The BBC reported that the bridge is closed. "
        "Engineer Anna Berg said the bridge is old."
    )
    told = names(people(arts, found))
    assert told[0] == "Anna Berg" and told[1].lower().startswith("a spokesman") and len(told) == 2


def test_countries_go_by_their_usual_names() -> None:
    _, found = of(
        "The US and Russia met in Rome. The USA agreed with the U.K. and South Korea. America waits for the PRC."
    )
    told = {thing.name: len(thing.sentences) for thing in countries(found)}
    assert told == {"United States": 3, "Russia": 1, "United Kingdom": 1, "South Korea": 1, "China": 1}


def test_a_name_that_only_sounds_like_a_country_is_none() -> None:
    _, found = of("Michael Jordan ate Turkey with Georgia Stanway. The Bank of America and Rugby Australia were glad.")
    assert countries(found) == ()
    _, found = of("Ministers met in Jordan and then in Israel.")
    assert names(countries(found)) == ["Jordan", "Israel"]


def test_organisations_are_named_by_their_word_their_post_or_well_known() -> None:
    arts, found = of(
        "The Chinese Foreign Ministry and NATO met. Zolvo co-founder Anna Berg spoke to the Securities and Exchange "
        "Commission. The CEO of Russia spoke. Berg left Zolvo in USD."
    )
    told = names(organisations(arts, found))
    assert set(told) == {"Zolvo", "NATO", "Chinese Foreign Ministry", "Securities and Exchange Commission"}


def test_places_are_cities_and_regions_and_no_people_or_countries() -> None:
    _, found = of("Moscow and Beijing agreed in St. Petersburg. Tom Reading met Jack London in Reading, near France.")
    assert set(names(places(found))) == {"Moscow", "Beijing", "St. Petersburg", "Reading"}
    assert {len(thing.sentences) for thing in places(found)} == {1}


# What is kept


def kept(*texts: str) -> tuple[dict[str, Article], dict[str, tuple[Sentence, ...]], dict[str, Brief]]:
    arts, found = of(*texts)
    briefs = {id: to_brief(brief_row(brief(arts[id], found[id]))) for id in arts}
    return arts, found, briefs


TOGETHER = (
    HARBOUR,
    "Minister Anna Berg met fishermen in Leeds on 4 May 2014. “I like the bridge,” Berg said. Now BEUC says it costs "
    "France 3 million euros. A clerk of the council said that Zolvo paid.",
    "Zolvo co-founder Piet Visser went to Moscow. Still BEUC says no to Norway. “We wait,” said Ann Berg, minister.",
)


def test_a_brief_holds_what_is_worked_out_directly() -> None:
    arts, found, briefs = kept(*TOGETHER)
    for id, article_ in arts.items():
        one, own = briefs[id], found[id]
        for most in (2, 5, 9):
            assert told_in(one, most) == tuple(s.span for s in summary(article_, own, most))
        assert [(e.span, e.when, e.key) for e in one.events] == [
            (e.sentence.span, e.when, e.key) for e in events(article_, own)
        ]
        assert one.figures == tuple(s.span for s in figures(article_, own))
        assert one.gist == next(s.span for _, s in overview({id: article_}, {id: own}))


def test_what_is_kept_of_each_is_joined_as_if_all_were_read_at_once() -> None:
    arts, found, briefs = kept(*TOGETHER)
    at = {(id, s.span): s for id, own in found.items() for s in own}

    def sentence(id: str, span: Span) -> Sentence:
        return at[id, span]

    entries = {id: one.people for id, one in briefs.items()}
    assert people_of(entries, arts, sentence) == people(arts, found)
    assert things({id: one.countries for id, one in briefs.items()}, sentence) == countries(found)
    assert things({id: one.places for id, one in briefs.items()}, sentence) == places(found)
    joined = things(organisations_of(briefs), sentence)
    assert joined == organisations(arts, found)
    # A sign in each of two articles is enough, and what one article calls a firm is one in the other.
    assert {"BEUC", "Zolvo"} <= set(names(joined)) and "BEUC" not in names(organisations(*of(TOGETHER[1])))
    assert {thing.name: len(thing.sentences) for thing in joined}["Zolvo"] == 2


def test_a_name_is_no_organisation_because_another_article_has_one_of_that_name() -> None:
    *_, briefs = kept("Berg co-founder Tom Grey left.", "Minister Anna Berg spoke. “I know Berg,” said Anna Berg.")
    assert [one.key for one in organisations_of(briefs)["1.txt"]] == []
