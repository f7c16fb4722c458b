"""Small articles, gold questions and replies for the tests of the evaluation, with hand-made spans."""

import json
from pathlib import Path
from typing import Any

from eval.cases import Case, Reply
from eval.gold import ArticleTexts, Gold, GoldEvidence, load_gold
from eval.matching import occurrences
from eval.runner import Order, Record, Run

ARTICLES = {
    "harbour.txt": "The harbour of Nordvik opened in 1911. Its crane lifts 40 tonnes. The mayor calls it a bargain.\n",
    "railway.txt": "The railway to Nordvik closed in 1965. Anna Berg said: “We lost our lifeline.” Buses run now.\n",
    "museum.txt": "The museum shows 300 paintings. Its director, Omar Said, wants a new wing. Entry costs $5.\n",
    "bakery.txt": "The bakery sells rye bread at dawn. Flour comes from the mill of Elda Moen.\n",
    "glacier.txt": "The glacier shrinks by 30 metres a year. Researchers from Bergen measure it in August.\n",
    "cinema.txt": "The cinema burned down in 1988. A fund was set up to rebuild it.\n",
    "school.txt": "The school has 210 pupils. Its choir sang for the king in 2003.\n",
    "ferry.txt": "The ferry crosses the fjord in twelve minutes. Its captain, Liv Dahl, retires in spring.\n",
}
ROWS: list[dict[str, Any]] = [
    {"id": "q1", "type": "factoid", "question": "When did the harbour of Nordvik open?", "answer": "In 1911.",
     "required": [["1911"]], "evidence": [{"doc": "harbour.txt", "quote": "The harbour of Nordvik opened in 1911."}]},
    {"id": "q2", "type": "attribution", "question": "Who said that they lost their lifeline?", "answer": "Anna Berg.",
     "required": [["Berg"]], "evidence": [{"doc": "railway.txt", "quote": "Anna Berg said: “We lost our lifeline.”"}]},
    {"id": "q3", "type": "multi_doc", "question": "What opened in 1911 in Nordvik, and what closed in 1965?",
     "answer": "The harbour and the railway.", "required": [["harbour"], ["railway"]],
     "evidence": [{"doc": "harbour.txt", "quote": "The harbour of Nordvik opened in 1911."},
                  {"doc": "railway.txt", "quote": "The railway to Nordvik closed in 1965."}]},
    {"id": "q4", "type": "unanswerable", "question": "Who built the harbour of Nordvik?", "answer": None,
     "required": [], "evidence": []},
    {"id": "q5", "type": "followup", "question": "And what does its crane lift?", "answer": "40 tonnes.",
     "required": [["40 tonnes", "40 tons"]],
     "evidence": [{"doc": "harbour.txt", "quote": "Its crane lifts 40 tonnes."}],
     "history": [{"question": "When did the harbour of Nordvik open?", "answer": "In 1911."}]},
    {"id": "q6", "type": "factoid", "question": "How long does the ferry take to cross the fjord?",
     "answer": "Twelve minutes.", "required": [["twelve", "12"]],
     "evidence": [{"doc": "ferry.txt", "quote": "The ferry crosses the fjord in twelve minutes."}]},
]  # fmt: skip


def write_articles(root: Path) -> Path:
    """The articles, in a folder of their own."""
    folder = root / "articles"
    folder.mkdir()
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def write_gold(file: Path, rows: list[dict[str, Any]]) -> Path:
    """A gold file."""
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return file


def gold(
    texts: ArticleTexts, *quotes: tuple[str, str | None], alt: tuple[tuple[str, str], ...] = (), **fields: Any
) -> Gold:
    """A gold question with evidence at (article, quote)."""
    given = {"id": "q", "type": "factoid", "question": "Q?", "answer": "A", "required": (("A",),)} | fields

    def located(doc: str, quote: str | None) -> GoldEvidence:
        return GoldEvidence(doc, quote, occurrences(quote or "", texts[doc]))

    return Gold(evidence=tuple(located(*e) for e in quotes), alt_evidence=tuple(located(*e) for e in alt), **given)


def piece(texts: ArticleTexts, doc: str, quote: str, n: int = 1) -> dict[str, Any]:
    """A citation, a piece of evidence or a ranked piece that stands at ``quote``."""
    start = texts[doc].index(quote)
    return {"n": n, "article": doc, "start": start, "end": start + len(quote), "quote": quote}


def reply(**fields: Any) -> Reply:
    """A reply; what is not given is empty."""
    blank = {
        "outcome": "answered", "answer": "", "sentences": [{}], "citations": [], "evidence": [], "retrieved": [],
        "confidence": None, "model": "scripted", "error": None,
    }  # fmt: skip
    return Reply.of(blank | fields)


def case(texts: ArticleTexts, asked: Gold, **fields: Any) -> Case:
    """A question with a reply."""
    return Case(asked, reply(**fields), texts)


def record(**fields: Any) -> Record:
    """What became of a question, as the runner gives it; what is not given is empty."""
    answer = fields.get("answer", "")
    blank: Record = {
        "answer": answer, "outcome": "answered", "refused": fields.get("outcome") == "refused", "confidence": None,
        "sentences": [{"text": answer, "citations": [1], "supported": None}], "citations": [], "evidence": [],
        "retrieved": [], "model": "scripted", "retrieval_ms": 30.0, "first_token_ms": 900.0, "total_ms": 1500.0,
        "prompt_tokens": 300, "cached_tokens": 200, "answer_tokens": 9, "searched": [], "error": None,
        "from_cache": False, "evidence_tokens": 40, "kind": "question",
    }  # fmt: skip
    return blank | fields


def hand_made_run(out: Path, articles: Path, rows: list[dict[str, Any]], records: list[Record]) -> Run:
    """A run of which every reply is made by hand."""
    out.mkdir(exist_ok=True)
    texts = ArticleTexts(articles)
    found = load_gold(write_gold(out / "gold.jsonl", rows), texts)
    cases = tuple(Case(row, Reply.of(one), texts) for row, one in zip(found.rows, records, strict=True))
    facts = {
        "settings": {"retrieval_only": False}, "models": {"language": "scripted", "embedder": None}, "git": None,
        "gold": {"file": "gold.jsonl", "sha256": found.digest, "questions": len(rows)},
        "started": "2026-01-01T10:00:00",
        "articles": {"folder": "articles", "sha256": "x", "count": 9, "unreadable": {"bad.txt": "not UTF-8"}},
        "counts": {"questions": len(rows), "outcomes": {"answered": len(rows)}, "from_cache": 1},
    }  # fmt: skip
    return Run(Order(out / "gold.jsonl", out), found, cases, tuple(records), facts)


REPLIES = (
    "In 1911 [1].",
    "Anna Berg [1].",
    "The harbour of Nordvik opened in 1911 [1]. The railway to Nordvik closed in 1965 [2].",
    "NOT FOUND",
    "40 tonnes [1].",
    "Twelve minutes [1].",
)
"""What the scripted model says to each of ROWS, in order."""
