"""Who is speaking: each mechanism on an article of a few lines. The people are made up."""

from __future__ import annotations

import random
import string
from dataclasses import replace
from pathlib import Path

import pytest

from rag import records
from rag.articles import list_articles, read_article
from rag.domain import Article, Span, Statement
from rag.quotes import is_named, speaker_of, statements, statements_by
from rag.quotes.lookup import SURE
from rag.quotes.marks import quotations

SEEDS = Path(__file__).resolve().parent.parent / "seeds"


def article(*paragraphs: str) -> Article:
    bare = Article("a.txt", "\n".join(paragraphs), "0", "A title")
    return replace(bare, statements=statements(bare))


def said(*paragraphs: str) -> list[tuple[str, str, str]]:
    """(speaker, kind, words) of each statement."""
    a = article(*paragraphs)
    return [(s.speaker, s.kind, a.quote(s.span)) for s in a.statements]


INTRO = "Harbour minister Anna Berg met Peter Holm, a professor of law at Lund University, on Monday."


def test_a_name_beside_the_verb_leads_to_the_full_name_and_its_first_role() -> None:
    a = article(INTRO, "“The port will stay open,” Berg said.")
    assert [(s.speaker, s.role, s.kind, a.quote(s.span)) for s in a.statements] == [
        ("Anna Berg", "Harbour minister", "direct", "The port will stay open,")
    ]
    assert a.statements[0].confidence > 0.9
    assert a.statements[0].label == "Anna Berg, Harbour minister"


@pytest.mark.parametrize(
    "sentence",
    [
        "Holm said that the treaty was void.",
        "The treaty was void, said Peter Holm, a professor of law.",
        "According to Holm, the treaty was void.",
        "According to Peter Holm, the treaty was void.",
        "As Holm notes, the treaty was never valid.",
        "As noted by the professor of law, Peter Holm, the treaty was void.",
        "Holm, who wrote a book about it, believes that the treaty was void.",
        "Holm denied the report.",
        "Holm called the treaty void.",
        "Holm is sure that the treaty was void.",
        "Holm told reporters that the treaty was void.",
    ],
)
def test_forms_of_reporting(sentence: str) -> None:
    assert said(INTRO, sentence) == [("Peter Holm", "reported", sentence)]


@pytest.mark.parametrize(
    "sentence",
    [
        "Holm was told to leave.",
        "Holm would say more next week.",
        "The 900 jobs announced in March are gone.",
        "The report stage begins on Monday.",
        "Anyone who believes this should read on.",
        "He arrived in Lund.",
    ],
)
def test_what_is_no_claim(sentence: str) -> None:
    assert said(INTRO, sentence) == []


def test_pronouns_follow_he_and_she() -> None:
    found = said(
        INTRO, "Berg said that the port was full.", "Holm said that the law was clear.", "She said ships wait."
    )
    assert [speaker for speaker, _, _ in found] == ["Anna Berg", "Peter Holm", "Anna Berg"]


def test_a_description_finds_its_role() -> None:
    found = said(INTRO, "Berg said that the port was full.", "The professor believes that ships will wait.")
    assert found[-1][0] == "Peter Holm"
    found = said(INTRO, "Holm said that the port was full.", "The expert believes that ships will wait.")
    assert found[-1][0] == "Peter Holm"


def test_another_nation_is_another_leader() -> None:
    intro = "Chinese President Li Wen met Russian President Oleg Petrov."
    found = said(intro, "The Chinese leader stressed that trade grows.", "The Russian leader noted that it grows.")
    assert [speaker for speaker, _, _ in found] == ["Li Wen", "Oleg Petrov"]


def test_unnamed_speakers_keep_their_description() -> None:
    found = said("A spokesman for the port in Lund said that it was closed.", "“It is closed,” two officials said.")
    assert [speaker for speaker, _, _ in found] == ["A spokesman for the port in Lund", "two officials"]


def test_an_interrupted_quotation_has_one_speaker() -> None:
    found = said(INTRO, "“It is late,” Holm said. “We must go.”")
    assert found == [("Peter Holm", "direct", "It is late,"), ("Peter Holm", "direct", "We must go.")]


def test_a_quotation_goes_on_over_paragraphs() -> None:
    found = said(INTRO, "“It is late,” Holm said. “We must go.", "“There is no other way to save the port.”")
    assert [speaker for speaker, _, _ in found] == ["Peter Holm"] * 3


def test_a_quoted_fragment_and_its_sentence() -> None:
    sentence = "Berg said the treaty was “dead as a stone” and would not return."
    assert said(INTRO, sentence) == [("Anna Berg", "reported", sentence), ("Anna Berg", "direct", "dead as a stone")]


def test_a_line_below_names_the_speaker_of_a_pull_quote() -> None:
    found = said(
        INTRO, "Nobody can close a port for ever, and nobody should try", "Anna Berg Harbour minister of Sweden"
    )
    assert found == [("Anna Berg", "direct", "Nobody can close a port for ever, and nobody should try")]


def test_labelled_turns_of_an_interview() -> None:
    found = said(
        INTRO,
        "Lund News: Why is the port closed to all ships?",
        "Berg: Because we must repair it before the winter comes.",
        "Berg: I hope that it will be quick, of course.",
        "Holm: I doubt it.",
        "Holm: You will see.",
    )
    assert [speaker for speaker, kind, _ in found if kind == "direct"][-4:] == ["Anna Berg"] * 2 + ["Peter Holm"] * 2


def test_the_outlet_behind() -> None:
    a = article(INTRO, "“It is closed,” Berg told CNN.", "The port is full, Holm said in an interview with RT.")
    assert [(s.speaker, s.outlet) for s in a.statements] == [("Anna Berg", "CNN"), ("Peter Holm", "RT")]
    a = article(INTRO, "The port was closed on Monday, said Anna Berg, harbour minister, writes TASS.")
    assert [(s.speaker, s.outlet) for s in a.statements] == [("Anna Berg", "TASS")]
    a = article("The Lund Times reported that the port was closed.", "The newspaper said that ships waited.")
    assert [(s.speaker, s.outlet) for s in a.statements] == [("The Lund Times", "The Lund Times")] * 2


def test_the_sentence_before_is_given_to_whom_this_was_stated_by() -> None:
    found = said("The port will be closed.", "This was stated by the harbour minister of Sweden, Anna Berg.")
    assert found[0] == ("Anna Berg", "reported", "The port will be closed.")


def test_a_name_with_small_words_is_one_person() -> None:
    intro = "Ursula von der Leyen, president of the commission, met Virgil van Dijk, captain of the team, on Monday."
    found = said(
        intro, "The port is open, von der Leyen said.", "Van Dijk said that it was not.", "Leyen noted the price."
    )
    assert [speaker for speaker, _, _ in found] == ["Ursula von der Leyen", "Virgil van Dijk", "Ursula von der Leyen"]
    assert article(intro, "The port is open, van der Berg said.").statements[0].label == "van der Berg"


def test_two_people_of_one_surname_are_told_apart_by_small_words() -> None:
    intro = "Alex Jones, a host, and Alex Jones fans met Van Jones, a lawyer, on Monday. Alex Jones left."
    assert [speaker for speaker, _, _ in said(intro, "The law is clear, Van Jones said.")] == ["Van Jones"]


def test_titles_and_terms_are_no_speech() -> None:
    assert said("He sang “Harbour Nights” in the film “Ships and Men” last year.") == []


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ('"It is late, "Holm said.', ["It is late,"]),
        ("“It is late, “he said. “We go.”", ["It is late,", "We go."]),
        ('It is late and dark," the expert said.', ["It is late and dark,"]),
        ('"It is late, the minister said. - We go now," Holm said.', ["It is late,", "We go now,"]),
        ('"The "Blue Line" is late," Holm said.', ['The "Blue Line" is late,']),
        ("«It is late», said Holm.", ["It is late"]),
        ('"It is late', ["It is late"]),
        ("5' 7\" tall", []),
    ],
)
def test_marks_lost_or_turned(text: str, inside: list[str]) -> None:
    assert [text[q.start : q.end] for q in quotations(text, Span(0, len(text)))] == inside


def test_speaker_of_a_sentence() -> None:
    a = article(INTRO, "“It is late. We must go,” Holm said.", "The port lies in Lund.")
    late, port = a.text.index("We must"), a.text.index("The port lies")
    found = speaker_of(a, Span(late, late + 10))
    assert found is not None and found.speaker == "Peter Holm"
    assert speaker_of(a, Span(port, port + 10)) is None


def test_a_speaker_of_whom_the_reading_is_not_sure_is_not_told() -> None:
    a = article(INTRO, "“It is late. We must go,” Holm said.")
    (said,) = a.statements
    known = {SURE: "Peter Holm", SURE - 0.01: None}
    for confidence, speaker in known.items():
        found = speaker_of(replace(a, statements=(replace(said, confidence=confidence),)), said.span)
        assert (found.speaker if found else None) == speaker
    unsure = replace(said, confidence=SURE - 0.01)
    sure = replace(said, end=said.start + 10, speaker="Anna Berg")
    assert speaker_of(replace(a, statements=(unsure, sure)), said.span) == sure, "though the other one covers more"
    assert statements_by(replace(a, statements=(unsure,)), "Holm") == (unsure,), "who asks for a name is shown it"


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("Anna Berg", "Berg left.", True),
        ("Anna Berg", "Bergen is far, Anna.", False),
        ("Anna Berg", "It is Berg's pier.", True),
        ("Xi Jinping", "Mr. Jinping left.", True),
        ("Anna O'Brien", "O'Brien left.", True),
        ("47", "Number 47 left.", True),
    ],
)
def test_a_text_names_whose_last_name_it_has_as_a_whole_word(name: str, text: str, named: bool) -> None:
    assert is_named(name, text) is named


@pytest.mark.parametrize(
    ("name", "speakers"),
    [
        ("Berg", {"Anna Berg"}),
        ("anna berg", {"Anna Berg"}),
        ("Pyotr Lermontow", {"Pyotr Lermontov"}),
        ("the harbour minister", {"Anna Berg"}),
        ("Chinese foreign ministry spokesman", {"Li Wen"}),
        ("CNN", {"Anna Berg"}),
        ("Smith", set()),
        ("the", set()),
        ("", set()),
    ],
)
def test_statements_by_a_name_as_typed(name: str, speakers: set[str]) -> None:
    rows = [
        ("Anna Berg", "harbour minister", "CNN"),
        ("Pyotr Lermontov", None, None),
        ("Li Wen", "official representative of the Chinese Foreign Ministry", None),
    ]
    found = tuple(Statement("a", i, i + 1, "direct", *row) for i, row in enumerate(rows))
    assert {s.speaker for s in statements_by(Article("a", "abc", "0", "t", statements=found), name)} == speakers


def test_a_long_role_is_shortened_at_a_preposition() -> None:
    role = (
        "coordinator for long and winding communications of the National Council of Ports and Ships at the White Tower"
    )
    label = Statement("a", 0, 1, "direct", "Anna Berg", role).label
    assert (
        label == "Anna Berg, coordinator for long and winding communications of the National Council of Ports and Ships"
    )


def test_statements_survive_the_records() -> None:
    a = article(INTRO, "“It is closed,” Berg told CNN.", "Holm denied it on Monday.")
    record = records.article_record(a, 3)
    assert records.to_article(record.id, record.text, record.data) == a


def test_any_text_is_read_without_an_error() -> None:
    """Cut, shuffled and random text; every span lies in the text and every confidence between 0 and 1."""
    chance = random.Random(4)
    texts = [read_article(SEEDS, id).text for id in list_articles(SEEDS)]
    pieces = [t[i : i + 700] for t in texts for i in [chance.randrange(len(t)) for _ in range(4)]]
    pieces += ["".join(chance.choices(string.printable + "“”«»’", k=300)) for _ in range(20)]
    words = " ".join(texts).split()
    pieces += [" ".join(chance.choices(words, k=80)) for _ in range(20)]
    pieces += [
        "said",
        '"',
        "“”",
        "According to",
        ", said",
        "who said that",
        "the said the",
        "—",
        "A: b\nA: c\nB: d\nB: e",
    ]
    for piece in pieces:
        for s in article(piece).statements:
            assert 0 <= s.start < s.end <= len(piece)
            assert 0 < s.confidence <= 1 and s.speaker.strip()
