"""Each kind of problem with an answer's sentence, true and false alarms, worked by hand."""

import math

import pytest

from rag.answering.checking import COEFFICIENTS, INTERCEPT, THRESHOLD, Problem, check, features, unquoted
from rag.answering.checking.claims import drops_speaker, swapped, wrong_speaker
from rag.answering.checking.figures import figures
from rag.answering.checking.names import Known, Name, is_same_name, names
from rag.answering.checking.negation import denied, opposed
from rag.answering.checking.quotations import is_verbatim, quotations
from rag.answering.checking.support import overlap

SHOWN = (
    "Harbour master Elin Vasskog met three ferry owners in Tromso on Tuesday.",
    "The talks lasted seven hours and cost $200 billion.",
    "“We still hope for a deal,” Vasskog said.",
    "The visit was postponed, but not canceled.",
)


def _kinds(sentence: str, shown: tuple[str, ...] = SHOWN, *context: str, speakers: tuple[str, ...] = ()) -> list[str]:
    return [problem.kind for problem in check(sentence, shown, context, speakers).problems]


# Figures


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("three men", [3]),
        ("a 7-hour talk", [7]),
        ("a seven-hour talk", [7]),
        ("$200 billion", [200e9]),
        ("200 billion dollars", [200e9]),
        ("$2.5bn and 13.5m", [2.5e9, 13.5e6]),
        ("twenty-five", [25]),
        ("two hundred thousand and five", [200_005]),
        ("1,234.50", [1234.5]),
        ("sixty-five per cent, 65 %", [65, 65]),
        ("the 1990s", [1990]),
        ("3rd", [3]),
        ("an F-16, an S-300 and the G7", []),
        ("2. Sign the form.", []),
        ("as Excerpt 3 says", []),
    ],
)
def test_numbers_are_read_as_values(text: str, values: list[float]) -> None:
    assert sorted(f.value for f in figures(text) if f.kind == "number" and not f.vague) == sorted(values)


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("on March 20, 2023", ["3-20"]),
        ("20 March", ["3-20"]),
        ("2023-03-20", ["3-20"]),
        ("on Oct. 27", ["10-27"]),
        ("in May", ["5"]),
        ("It may march.", []),
        ("last Monday", ["monday"]),
    ],
)
def test_dates_are_read_in_any_form(text: str, dates: list[str]) -> None:
    assert [f.value for f in figures(text) if f.kind == "date"] == dates


@pytest.mark.parametrize(
    ("said", "held", "stands"),
    [
        ("three", "3", True),
        ("40 dollars", "€40", False),
        ("about 200", "197", True),
        ("200", "197", False),
        ("in March", "on March 20", True),
        ("on March 20", "in March", False),
        ("five percent", "5", True),
    ],
)
def test_a_figure_stands_on_an_equal_one(said: str, held: str, stands: bool) -> None:
    assert figures(said)[0].stands_on(figures(held)[0]) is stands


def test_a_wrong_number_or_day_is_told() -> None:
    assert "number" in _kinds("The talks lasted eight hours.")
    assert "date" in _kinds("Vasskog met three ferry owners in Tromso on Wednesday.")
    assert check("The talks lasted 7 hours.", SHOWN).problems == ()


def test_what_stands_elsewhere_is_told_apart() -> None:
    [problem] = [
        p for p in check("The talks lasted 9 hours.", SHOWN, ["It took 9 days."]).problems if p.kind == "number"
    ]
    assert problem.elsewhere and not problem.is_flag


def test_one_of_them_claims_no_number() -> None:
    assert _kinds("Vasskog met one of the ferry owners in Tromso.") == []


# Names


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Kirby said that Blinken left.", ["Kirby", "Blinken"]),
        ("However, the U.S. left.", ["U.S"]),
        ("President Biden came.", ["Biden"]),
        ("Ferries are slow.", []),
        ("On Monday in March.", []),
        ("Key Benefits: they are fast.", []),
        ("An iPhone and an F-16.", ["F-16"]),
    ],
)
def test_names_of_a_text(text: str, found: list[str]) -> None:
    assert [part for name in names(text) for part in name.parts] == found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Russian", "It is in Russia."),
        ("China", "The Chinese came."),
        ("US", "The United States left."),
        ("United States", "The U.S. left."),
        ("Americans", "He is in the US."),
        ("UN", "At the United Nations."),
        ("Pengui", "Liu Pengyu spoke."),
        ("Frewell", "Taylor Fravel spoke."),
        ("Ministry of Foreign Affairs", "The MFA spoke."),
        ("MFA", "The Ministry of Foreign Affairs spoke."),
        ("Kyiv", "In Kiev."),
    ],
)
def test_a_name_is_known_in_its_other_forms(name: str, text: str) -> None:
    assert all(Known([text]).holds(found) for found in names(f"It is {name}."))


@pytest.mark.parametrize(("a", "b"), [("austria", "australia"), ("iran", "iraq"), ("putin", "biden")])
def test_other_names_are_other_names(a: str, b: str) -> None:
    assert not is_same_name(a, b)


def test_a_name_that_nobody_has_shown_is_told() -> None:
    assert not Known(SHOWN).holds(Name("Maria Lopez", ("Maria", "Lopez")))
    assert "name" in _kinds("Maria Lopez met three ferry owners in Tromso.")


def test_a_name_of_the_title_or_the_speaker_will_do() -> None:
    kirby = "Kirby hopes for a deal."
    titled, spoken = check(kirby, SHOWN, ["Kirby's hopes"]), check(kirby, SHOWN, (), ["John Kirby, coordinator"])
    assert [(p.kind, p.elsewhere, p.is_flag) for p in titled.problems] == [("name", True, True)]
    assert spoken.problems == () and spoken.supported


# Quotations


def test_quotations_in_all_marks() -> None:
    found = quotations("He said “it's so”, «no», 'we can't go', Kirby's and the owners' \"yes\".")
    assert [q.words for q in found] == ["it's so", "no", "we can't go", "yes"]


def test_a_quotation_stands_letter_for_letter() -> None:
    assert is_verbatim("we  still hope for a deal.", ["He said: 'we still hope for a deal'"])
    assert not is_verbatim("we hope for a deal", SHOWN)


def test_only_verbatim_quotations_keep_their_marks() -> None:
    said = 'She said "We still hope" and "we want a deal".'
    assert unquoted(said, SHOWN) == 'She said "We still hope" and we want a deal.'
    assert "quotation" in _kinds('Vasskog said "we hope for that deal".')
    assert "quotation" not in _kinds('Vasskog said "We still hope for a deal."')


def test_unquoted_leaves_a_text_without_pairs_alone() -> None:
    assert unquoted('It is 5" wide', ()) == 'It is 5" wide'


# Denials


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ("The visit was canceled.", "His visit was postponed, but not canceled."),
        ("China sold drones.", "Kirby denied that China had sold drones."),
        ("They took part in the sanctions.", "They did not take part in the sanctions."),
        ("He isn't in London.", "He is in London now."),
        ("Biden was unhappy with the deal.", "Biden was happy with the deal."),
    ],
)
def test_the_opposite_is_seen(said: str, held: str) -> None:
    assert denied(said, [held]) is not None


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ("The visit was not canceled.", "His visit was postponed, but not canceled."),
        ("China refused to accept the deal.", "China did not accept the deal."),
        ("The plan was rejected by Kyiv.", "Kyiv rejected the plan."),
        ("He did not refuse to come.", "He came."),
        ("It is not only cheap but good.", "It is cheap and good."),
        ("Prices did not fall in May.", "The fall of the wall was loud."),
        ("He was imprisoned in Lund in 2020.", "He was sent to prison in Lund in 2020."),
    ],
)
def test_other_words_for_the_same_are_no_denial(said: str, held: str) -> None:
    assert denied(said, [held]) is None


def test_another_sentence_that_agrees_takes_the_blame_away() -> None:
    assert denied("The visit was canceled.", ["The visit was not canceled.", "The visit was canceled."]) is None


def test_opposite_words() -> None:
    assert opposed("Prices rose sharply.", ["Prices fell sharply."]) == ("rose", "fall")
    assert opposed("Prices rose.", ["Prices rose, then fell."]) is None


# Roles and speakers


@pytest.mark.parametrize(
    ("said", "held", "wrong"),
    [
        ("Russia attacked Ukraine.", "Ukraine attacked Russia.", True),
        ("China sells oil to Russia.", "Russia sells oil to China.", True),
        ("The US accused China of spying.", "China accused the United States of spying.", True),
        ("Ukraine was attacked by Russia.", "Russia attacked Ukraine.", False),
        ("China buys oil from Russia.", "Russia sells oil to China.", False),
        ("Xi met Putin.", "Putin met Xi.", False),
        ("Russia attacked Ukraine.", "Russia, which Ukraine attacked, attacked Ukraine.", False),
    ],
)
def test_swapped_roles(said: str, held: str, wrong: bool) -> None:
    assert (swapped(said, [held]) is not None) is wrong


@pytest.mark.parametrize(
    ("said", "dropped"),
    [
        ("China is a rival.", True),
        ("Hawley calls China a rival.", False),
        ("According to the senator, China is a rival.", False),
        ("China is, for Hawley, a rival.", False),
        ("A rival.", False),
    ],
)
def test_a_claim_needs_its_speaker(said: str, dropped: bool) -> None:
    assert drops_speaker(said, "As Hawley notes, China is a rival.", ["Josh Hawley, senator"]) is dropped


def test_a_dropped_speaker_is_a_flag_only() -> None:
    found = check(
        "The ferry owners still have hope for a deal.", ["“The ferry owners have hope for a deal,” she said."]
    )
    assert [p.kind for p in found.problems] == ["dropped speaker"] and found.supported


def test_the_wrong_speaker_is_seen_where_the_speaker_is_known() -> None:
    shown = ["As Hawley notes, China is a rival.", "Kirby stood by."]
    assert wrong_speaker("Kirby said that China is a rival.", shown, ["Josh Hawley"]) == "Kirby"
    assert wrong_speaker("Hawley said that China is a rival.", shown, ["Josh Hawley"]) is None
    assert wrong_speaker("Kirby said that China is a rival.", shown, []) is None


# Support


def test_the_measures_of_overlap() -> None:
    found = overlap("Ferry owners sold buns.", ["Ferry owners met.", "A baker sold buns outside."])
    assert (found.union, found.run, found.words, found.closest[0]) == (1.0, 0, 4, 0)
    assert 0.5 < found.best < 0.6  # "ferry owners", two words of four and the rarer ones
    assert overlap("Ferry owners sold green bread rolls.", ["Ferry owners met."]).run == 4


def test_the_score_is_the_logistic_of_its_parts() -> None:
    found = overlap("The talks lasted seven hours.", SHOWN)
    values = features(found, (Problem("number", "x", ""), Problem("name", "y", "", elsewhere=True)))
    assert values == {"union": 1, "rarest": 0, "run": 0, "bound": 1, "figures": 1, "names": 0.5, "turned": 0}
    part = INTERCEPT + COEFFICIENTS["union"] + COEFFICIENTS["bound"]
    assert check("The talks lasted seven hours.", SHOWN).score == pytest.approx(1 / (1 + math.exp(-part)))


def test_a_sentence_about_something_else_has_little_support() -> None:
    found = check("Bakers must wash their hands before they touch the dough.", SHOWN)
    assert not found.supported and found.score < THRESHOLD and found.problems[-1].kind == "little support"


@pytest.mark.parametrize("sentence", ["", "…", "He did.", "ъ" * 3000, '"' * 99, "-" * 500 + "1" * 400])
def test_odd_sentences_do_no_harm(sentence: str) -> None:
    for shown in ((), ("",), SHOWN):
        assert 0 <= check(sentence, shown).score <= 1


def test_nothing_is_supported_by_nothing() -> None:
    assert not check("The talks lasted long.", ()).supported
