"""The report: one page that asks for nothing, escapes everything and says why each question was scored as it was."""

import re
from pathlib import Path

import pytest

from eval import report, results
from eval.cases import Case
from eval.gold import ArticleTexts
from tests.eval_cases import ROWS, case, gold, hand_made_run, piece, record, write_articles

HOSTILE = '<script>alert(1)</script><img src="http://evil.example/x.png">'


@pytest.fixture
def page(tmp_path: Path) -> str:
    articles = write_articles(tmp_path)
    hostile = f"The hostile harbour said {HOSTILE} to all of Nordvik."
    (articles / "hostile.txt").write_text(hostile, encoding="utf-8")
    texts = ArticleTexts(articles)
    shown = [piece(texts, "hostile.txt", hostile)]
    asked = ROWS[0] | {
        "id": f"h{HOSTILE}",
        "type": HOSTILE,
        "question": f"{HOSTILE}?",
        "note": HOSTILE,
        "answer": HOSTILE,
    }
    wrong = record(answer="In 1910.", retrieved=[piece(texts, "harbour.txt", "The harbour of Nordvik opened in 1911.")])
    records = [
        wrong,
        record(answer="Anna Berg said “we lost everything”."),
        record(answer="Not said.", outcome="refused"),
        record(answer="In 1911."),
        record(outcome="error", error=f"Broken: {HOSTILE}"),
        record(answer="Twelve minutes."),
        record(answer=HOSTILE, evidence=shown, citations=shown, retrieved=shown, searched=[HOSTILE]),
    ]
    run = hand_made_run(tmp_path / "out", articles, [*ROWS, asked], records)
    return report.write(run, results.results(run)).read_text(encoding="utf-8")


def test_the_page_asks_for_nothing(page: str) -> None:
    assert re.findall(r'<(?:link|script|img|iframe)[^>]*(?:src|href)="(?!data:)', page) == []
    assert re.findall(r"url\((?!#)", page) == []
    assert "default-src 'none'" in page


def test_everything_from_outside_is_escaped(page: str) -> None:
    assert "<img" not in page
    assert "alert(1)</script>" not in page
    assert page.count("<script>") == 1
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") > 5


def test_every_question_says_why(page: str) -> None:
    assert page.count('<details class="q"') == 7
    assert "Missing: “1911”." in page
    assert "Answered, but the articles do not say." in page
    assert "Refused, but the articles say." in page
    assert "Not verbatim in cited text: “we lost everything”." in page
    assert "found at rank 1" in page


def test_there_are_filters_for_what_there_is(page: str) -> None:
    states = re.findall(r'data-state="([^"]*)"', page)
    assert {"", "wrong", "right", "refused", "wrongly refused", "not refused", "not verbatim", "error"} <= set(states)
    assert "must not" not in states


def test_plots_take_the_colours_of_the_page(page: str) -> None:
    drawings = re.findall(r"<svg.*?</svg>", page, re.S)
    assert len(drawings) == 2  # no confidence, so no risk and coverage
    for drawing in drawings:
        assert "var(--one)" in drawing
        assert re.findall(r"#[0-9a-f]{6}\b", drawing) == []


def test_risk_and_coverage_is_drawn_when_there_is_confidence() -> None:
    from eval import plots
    from eval.metrics import RiskPoint

    drawing = plots.risk([RiskPoint(0.2, 0.0, 0.9), RiskPoint(0.9, 0.3, None)])
    assert "var(--one)" in drawing
    assert plots.risk([RiskPoint(0.2, 0.0, 0.9)]) == plots.risk([RiskPoint(0.2, 0.0, 0.9)])


def test_cited_and_gold_words_are_marked_where_they_stand(tmp_path: Path) -> None:
    texts = ArticleTexts(write_articles(tmp_path))
    crane, mayor = "Its crane lifts 40 tonnes.", "The mayor calls it a bargain."
    shown = piece(texts, "harbour.txt", f"{crane} {mayor}")
    found: Case = case(
        texts,
        gold(texts, ("harbour.txt", crane)),
        citations=[piece(texts, "harbour.txt", "40 tonnes. The mayor")],
        evidence=[shown],
    )
    cut = report.segments(found.reply.evidence[0], found)
    assert [(s.text, s.cited, s.gold) for s in cut] == [
        ("Its crane lifts ", False, True),
        ("40 tonnes.", True, True),
        (" The mayor", True, False),
        (" calls it a bargain.", False, False),
    ]
    assert "".join(s.text for s in cut) == shown["quote"]
