"""Disagreement: denials, figures and names of one post, and what only looks like them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from eval.disputes_score import LABELS, QUOTES, SEEDS, Folder, Score, random_alarms, read_lines, score, verdicts
from rag.answering import PARTS
from rag.answering.desk import Desk
from rag.answering.disputing import find, judge, statements
from rag.answering.disputing.claims import Said, said
from rag.answering.disputing.figures import figures
from rag.answering.disputing.posts import holders
from rag.answering.support import Source, citation
from rag.domain import AnswerSentence, Sentence
from rag.errors import ArticlesError


def even(term: str) -> float:
    """Every word weighs the same."""
    return 1.0


def told(text: str, article: str = "a.txt", start: int = 0, speaker: str | None = None, n: int = 1) -> Said:
    return said(n, Sentence(article, start, start + len(text), text), speaker)


def kind(
    one: str, other: str, *, article: str = "b.txt", speakers: tuple[str | None, str | None] = (None, None)
) -> str:
    verdict = judge(told(one, speaker=speakers[0]), told(other, article, 5000, speakers[1]), even)
    return verdict[1] if verdict else ""


CLAIM = "The Courier reported that Norland had asked Sudland for medical aid."


@pytest.mark.parametrize(
    "denial",
    [
        "A spokesman said that Norland had not asked for medical aid.",
        "The embassy said that it was not aware of any request for assistance.",
        "An aide had “never heard of” the request for help.",
        "The minister denied having asked Sudland for aid.",
    ],
)
def test_a_denial_that_names_what_it_denies(denial: str) -> None:
    assert kind(CLAIM, denial) == "denial"
    assert kind(denial, CLAIM) == "denial"


@pytest.mark.parametrize(
    "other",
    [
        "Norland had asked for medical aid, an official said.",
        "The minister declined to comment on the request.",
        "The minister said he had not read the novel.",
        "If Norland had not asked for medical aid, who did?",
        "Norland was denied entry to the medical congress, it was reported.",
        "The coach was dismissed after the request.",
    ],
)
def test_what_denies_nothing(other: str) -> None:
    assert kind(CLAIM, other) == ""


def test_two_denials_agree() -> None:
    assert kind("Norland said it had not asked for medical aid.", "Norland has never heard of a request for aid.") == ""


def test_one_speaker_does_not_dispute_himself() -> None:
    pair = ("Norland asked Sudland for medical aid, Ilves said.", "Norland had not asked for medical aid, Ilves said.")
    assert kind(*pair, speakers=("Ilves", "Ilves")) == ""
    assert kind(*pair, speakers=("Ilves", "Tamm")) == "denial"


def test_a_denial_that_points_back_means_the_sentence_before() -> None:
    claim = told(CLAIM)
    near = told("The palace denied this.", start=claim.sentence.end + 1)
    far = told("The palace denied this.", start=claim.sentence.end + 101)
    assert (verdict := judge(near, claim, even)) and verdict[1:] == ("denial", claim, near)
    assert judge(far, claim, even) is None
    repeats = told("The palace denied the report.", start=claim.sentence.end + 700)
    assert judge(claim, repeats, even) is not None, "it takes up the claim's own verb"
    assert judge(told(CLAIM, "b.txt"), near, even) is None, "it points into its own article"


def test_figures_have_a_value_and_a_unit() -> None:
    text = "On 7 October 2023 some 1,400 people died; it cost $2.5 billion, 12% more, in a three-hour raid at 8:30 p.m."
    assert [(f.value, f.unit) for f in figures(text)] == [(1400, "peopl"), (2.5e9, "$"), (12, "%"), (3, "hour")]


def test_other_figures_for_one_thing() -> None:
    one = "The flood in Arvel killed 40 people, officials said."
    assert kind(one, "The Arvel flood killed 65 people, the Red Cross said.") == "figures"
    assert kind(one, "The flood in Arvel killed 40 people, the Red Cross said.") == ""
    assert kind(one, "The flood in Borg killed 65 people, the Red Cross said.") == "", "elsewhere"
    assert kind(f"In 1999 {one}", "In 2010 the Arvel flood killed 65 people, it is said.") == "", "another time"
    assert kind(one, "The flood in Arvel destroyed 65 houses, officials said.") == "", "another unit"


def test_holders_of_posts() -> None:
    found = holders(
        "Norland’s Foreign Minister Eva Tamm met Olaf Ruud, the mayor of Arvel, and Deputy Prime Minister Ida Lund."
    )
    assert [(holder.name, holder.role) for holder in found] == [("Eva Tamm", "minister"), ("Olaf Ruud", "mayor")]


def test_other_names_for_one_post() -> None:
    one = "Norlandic Foreign Minister Eva Tamm arrived."
    assert kind(one, "The Norland foreign minister Olaf Ruud left.") == "names"
    assert kind(one, "Norlandic Foreign Minister Ewa Tam left.") == "", "another spelling"
    assert kind(one, "Norlandic Finance Minister Olaf Ruud left.") == "", "another post"
    assert kind("Norlandic spokesman Eva Tamm left.", "Norlandic spokesman Olaf Ruud left.") == "", "held by many"


def test_find_gives_each_denial_once_and_what_was_asked_first() -> None:
    evidence = [
        told(CLAIM, speaker="The Courier"),
        told("The embassy knew nothing about a request for aid, it said.", "b.txt", 0, "the embassy", 2),
        told("Norland asked for aid, a diplomat said.", "c.txt", 0, "a diplomat", 3),
        told("The flood in Arvel killed 40 people, officials said.", "c.txt", 900, None, 3),
        told("The Arvel flood killed 65 people, the Red Cross said.", "d.txt", 0, None, 4),
    ]
    denial, *rest = find(evidence, "Did Norland ask for medical aid?", even)
    assert (denial.kind, denial.speakers, rest) == ("denial", ("The Courier", "the embassy"), [])
    assert (denial.first.n, denial.second.n, denial.first.quote) == (1, 2, CLAIM)
    assert [dispute.kind for dispute in find(evidence, "", even)] == ["denial", "figures"]
    assert find(evidence, "", even, most=0) == ()
    assert find([], "What?", even) == ()


def test_a_dispute_about_something_else_is_not_shown() -> None:
    evidence = [
        told("Norlandic Foreign Minister Eva Tamm met Ida Lund for seven hours.", "a.txt"),
        told("Norlandic Foreign Minister Olaf Ruud met reporters.", "b.txt"),
    ]
    assert [found.kind for found in find(evidence, "Who is the foreign minister of Norland?", even)] == ["names"]
    assert find(evidence, "How many hours did Ida Lund talk?", even) == ()


def test_statements_carry_their_speakers() -> None:
    sentence = told(CLAIM).sentence
    (one,) = statements([Source(7, sentence)], lambda s: "The Courier")
    assert (one.n, one.speaker, one.reported) == (7, "The Courier", True)


def test_scores_by_hand() -> None:
    judged = [
        ({"kind": "denial"}, "denial"),
        ({"kind": "denial"}, "figures"),
        ({"kind": None}, "names"),
        ({"kind": None}, None),
    ]
    assert (found := score(judged)) == Score(disputes=2, found=1, others=2, alarms=1)
    assert (found.precision, found.recall) == (0.5, 0.5)


@pytest.fixture(scope="module")
def seeds() -> Folder:
    return Folder(SEEDS, QUOTES)


def test_the_labelled_pairs_of_the_seeds(seeds: Folder) -> None:
    judged = verdicts(seeds, [row for row in read_lines(LABELS) if row["first"]["doc"] in seeds.articles])
    found = score(judged)
    assert (found.disputes, found.others) == (19, 28)
    assert found.found >= 17
    assert found.alarms == 0


def test_random_pairs_of_the_seeds_hardly_ever_alarm(seeds: Folder) -> None:
    assert len(random_alarms(seeds, 3000)) <= 15, "the true disputes among them are about ten"


def test_labels_must_fit_their_text(seeds: Folder) -> None:
    side = {"doc": next(iter(seeds.articles)), "start": 0, "end": 9, "text": "something else"}
    with pytest.raises(ArticlesError, match="label it anew"):
        seeds.said(side)


def test_a_heading_takes_no_side() -> None:
    denial = "The minister denied having asked Sudland for aid."
    one, other = Sentence("a.txt", 0, len(CLAIM), CLAIM), Sentence("b.txt", 0, len(denial), denial)
    answer = AnswerSentence(one.text, (citation(1, one.article, 0, one.text),), supported=True)

    def disputes(*headings: Sentence) -> int:
        index = SimpleNamespace(headings={each.id for each in headings}, lexical=SimpleNamespace(idf=even))
        found = SimpleNamespace(query=SimpleNamespace(text="Did Norland ask Sudland for medical aid?"))
        candidates = [Source(1, one), Source(2, other)]
        desk = SimpleNamespace(candidates=candidates, index=index, found=found, speaker=lambda _: None)
        return len(PARTS.disputed((answer,), cast(Desk, desk)))

    assert (disputes(), disputes(other)) == (1, 0)
