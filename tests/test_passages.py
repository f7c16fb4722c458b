"""Passages and sentences: spans are exact, nothing is lost, nothing is too long, residue stays out."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from rag.articles import list_articles, read_article
from rag.articles.residue import find, marks
from rag.domain import Article, Mark, MarkKind, Passage, Span
from rag.passages import MAX_CHARS, PASSAGE_FINGERPRINT, body_sentences, split, split_sentences
from rag.sentences import paragraphs, sentences

SEEDS = Path(__file__).parents[1] / "seeds"
LONG = "The council met on Monday and agreed to rebuild the old bridge across the river before winter comes."


def article(text: str, found: tuple[Mark, ...] = ()) -> Article:
    return Article(id="a.txt", text=text, digest="0", title="t", marks=found)


def mark(text: str, words: str, kind: MarkKind) -> Mark:
    start = text.index(words)
    return Mark(start, start + len(words), kind)


def texts(text: str) -> list[str]:
    return [text[s.start : s.end] for s in sentences(text)]


def check(a: Article) -> tuple[Passage, ...]:
    """Everything that must hold of any article's passages."""
    passages = split(a)
    residue = {i for m in a.marks if m.kind == "residue" for i in range(m.start, min(m.end, len(a.text)))}
    covered: set[int] = set()
    for p in passages:
        assert a.text[p.start : p.end] == p.text
        assert 0 < len(p.text) <= MAX_CHARS
        inside = {i for s in p.sentences for i in range(s.start, s.end)}
        assert not covered & inside
        assert all(p.span.covers(s) and len(s) for s in p.sentences)
        assert all(a.text[i].isspace() for i in range(p.start, p.end) if i not in inside)
        covered |= inside
    ink = {i for i, c in enumerate(a.text) if not c.isspace()}
    assert covered & ink == ink - residue
    assert len({p.id for p in passages}) == len(passages)
    for s in split_sentences(a.text, a.marks):
        assert a.text[s.start : s.end].strip() == a.text[s.start : s.end] != ""
    return passages


# --- invariants


@pytest.mark.parametrize("name", list_articles(SEEDS))
def test_invariants_hold_for_the_seeds(name: str) -> None:
    a = read_article(SEEDS, name)
    passages = check(a)
    starts = {s for m in a.marks if m.kind == "heading" for s in [m.start]}
    sentence_starts = {s.start for s in split_sentences(a.text, a.marks)}
    assert starts <= sentence_starts
    for p in passages:
        overlapping = {m.kind for m in a.marks if m.span.overlap(p.span)}
        assert overlapping <= ({"heading"} if p.kind == "body" else {p.kind})
    body = [len(p.text) for p in passages if p.kind == "body" and len(a.text) > 4000]
    assert not body or 400 <= sum(body) / len(body) <= MAX_CHARS


HOSTILE = [
    "x",
    "x" * 5000,
    "word " * 2000,
    "a. " * 2000,
    ". . . " * 300,
    '" A. ' * 400,
    "(" * 1500,
    "Clause one, clause two; clause three: " * 60,
    "第一句话很长，" * 200 + "完。第二句！”好。",
    "Ünïcödé\u200b\u0301 \U0001f600 sentence. " * 80,
    "a\u2028b\x0cc\x85d\xa0e. F\tg.",
    "\n\n\r\n  one line  \n\n\n\n two. Three.\n",
    "He left.\nShe stayed.\n" * 100,
    ("x" * 599 + ". ") * 4,
    ("x" * 600 + " ") * 4,
    "Heading\n\n" + "y" * 700,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_invariants_hold_for_hostile_texts(text: str) -> None:
    check(article(text))
    check(article(text, marks(find(text))))


def test_invariants_hold_for_random_texts_with_random_marks() -> None:
    rng = random.Random(7)
    pieces = [
        "One two. ",
        "“Quoted.” ",
        "\n",
        "\n\n",
        "Heading",
        " ",
        "z" * 250,
        "“",
        '"',
        ". ",
        ";",
        "Dr. X said. ",
        "é",
    ]
    kinds: list[MarkKind] = ["residue", "credit", "byline", "heading"]
    for _ in range(150):
        text = "".join(rng.choices(pieces, k=rng.randrange(1, 60)))
        cuts = sorted(rng.sample(range(len(text) + 1), min(len(text) + 1, 2 * rng.randrange(4))))
        found = tuple(Mark(a, b, rng.choice(kinds)) for a, b in zip(cuts[::2], cuts[1::2], strict=False))
        if all(b - a <= MAX_CHARS for a, b in zip(cuts[::2], cuts[1::2], strict=False)):
            check(article(text, found))


@pytest.mark.parametrize("text", ["", " ", "\n\t\xa0\n"])
def test_nothing_gives_nothing(text: str) -> None:
    assert split(article(text)) == ()
    assert split_sentences(text) == []
    assert body_sentences(article(text)) == ()


# --- passages


def test_neighbours_share_no_sentence_and_residue_ends_a_passage() -> None:
    assert [len(p.sentences) for p in check(article(" ".join([LONG] * 8)))] == [5, 3]
    text = f"{LONG} {LONG}\n\nLeave a Reply\n\n{LONG}"
    passages = check(article(text, (mark(text, "Leave a Reply", "residue"),)))
    assert [p.text for p in passages] == [f"{LONG} {LONG}", LONG]


def test_credits_and_bylines_are_pieces_of_their_own_kind() -> None:
    text = f"By Anna Lind\n\n{LONG}\n\nPhoto: Ben Okoro\n\n{LONG}"
    found = (mark(text, "By Anna Lind", "byline"), mark(text, "Photo: Ben Okoro", "credit"))
    assert [(p.kind, p.text) for p in check(article(text, found))] == [
        ("byline", "By Anna Lind"),
        ("body", LONG),
        ("credit", "Photo: Ben Okoro"),
        ("body", LONG),
    ]


def test_a_heading_begins_a_passage_together_with_what_follows() -> None:
    text = f"{LONG} {LONG} {LONG}\n\nWhat it costs\n\n{LONG}"
    passages = check(article(text, (mark(text, "What it costs", "heading"),)))
    assert passages[-1].text == f"What it costs\n\n{LONG}"
    assert passages[-1].sentences[0] == Span(text.index("What"), text.index("What") + 13)


def test_a_heading_does_not_stay_behind_at_the_end_of_a_full_passage() -> None:
    text = f"{LONG}\n\nWhat it costs\n\n{'z' * 500}."
    passages = check(article(text, (mark(text, "What it costs", "heading"),)))
    assert [p.text for p in passages] == [LONG, text[text.index("What") :]]
    crowded = f"{LONG}\n\nWhat it costs\n\n{'z' * 599}."
    check(article(crowded, (mark(crowded, "What it costs", "heading"),)))


def test_an_overlong_sentence_is_cut_at_a_clause() -> None:
    clause = "the builders came with stones and steel and a great many plans for the river and its banks; "
    text = (clause * 12).strip("; ") + "."
    passages = check(article(text))
    assert len(passages) > 1
    assert all(p.text.endswith((";", ".")) for p in passages)


def test_body_sentences_leave_out_what_is_not_evidence() -> None:
    text = f"By Anna Lind\n\nHeading\n\n{LONG} It rained.\n\nShare"
    found = (mark(text, "By Anna Lind", "byline"), mark(text, "Heading", "heading"), mark(text, "Share", "residue"))
    assert [s.text for s in body_sentences(article(text, found))] == ["Heading", LONG, "It rained."]


def test_the_fingerprint_names_the_parts_and_their_versions() -> None:
    code = "from rag import passages; print(passages.PASSAGE_FINGERPRINT)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=SEEDS.parent, check=True)
    assert done.stdout.strip() == PASSAGE_FINGERPRINT
    for part in ("syntok-", "residue-", "trafilatura-", "max-600", "heading-200"):
        assert part in PASSAGE_FINGERPRINT


# --- sentences


@pytest.mark.parametrize(
    "expected",
    [
        ["U.S. officials met in Washington, D.C., on Friday.", "They left."],
        ["CIA Director William J. Burns and Sam Jones Jr. spoke.", "Dr. Lee did not."],
        ["A “betrayal,” said Rep. Jim Banks, R-Ind., on Jan. 6.", "Lt. Col. Ron Eldadi and Gov. Newsom agreed."],
        ["Reps. Green and Boebert voted no.", "Was it the Rep. who lost?", "Sen. Cruz knew on Feb. 8."],
        ["It is up to the Gov.", "“We will see,” he said."],
        ['"Trade will suffer greatly, "the expert said.', "Nobody else agreed."],
        ['"We go. "', "He left."],
        ["It melts the ice in this regard (for now. — RT)».", "Next came questions."],
        ["They (Russia and China. RT) would like that.", "He went on."],
        ["«Мы уходим.»", "Он ушёл."],
        ["The friendship is “rock solid”.", "In addition, it is old."],
        ["“I have never heard of it,” he said in an e-mail.", "“We support peace.”", "She nodded."],
        ["This is not escalating. ”", "He paused."],
        ["It costs $32.99.", "October is when it comes out."],
        ["The goal of $ 200 billion will be reached.", "It is 2.5 times the old one."],
        ["The game began at 8 p.m. ET on NBC.", "They won."],
        ["What was said?", "Nothing!", "“Really?” she asked."],
        ["中文句子。", "第二句！”", "好。"],
    ],
)
def test_sentences(expected: list[str]) -> None:
    joined = "".join(expected) if expected[0].startswith("中") else " ".join(expected)
    assert texts(joined) == expected


def test_a_line_is_a_paragraph() -> None:
    assert texts("One line without an end\nand another\n\nA third.") == [
        "One line without an end",
        "and another",
        "A third.",
    ]


def test_a_hard_wrapped_text_has_paragraphs_of_several_lines() -> None:
    lines = [
        "A title",
        "",
        "The council met on Monday and agreed to rebuild the old bridge",
        "across the river before winter comes. It had been closed since",
        "the flood, and everyone in the town has had to walk for miles",
        "to reach the school, the market and the doctor on the other",
        "side, the mayor said.",
        "",
        "Nobody spoke against the plan, which will be paid for by a toll",
        "of one coin, as it was in the old days.",
        "- one item",
        "- another",
    ]
    text = "\n".join(lines)
    found = [text[s.start : s.end].replace("\n", " ") for s in paragraphs(text)]
    assert found == ["A title", " ".join(lines[2:7]), " ".join(lines[8:10]), "- one item", "- another"]
    assert len(texts(text)) == 6
    check(article(text, marks(find(text))))
