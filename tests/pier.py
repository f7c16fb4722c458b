"""What the tests of retrieval share: an article about a pier, cut by hand into sentences and a passage."""

from __future__ import annotations

from collections import Counter

from rag.domain import Article, Passage, Span
from rag.retrieval.spelling import Speller
from rag.retrieval.terms import words

SENTENCES = (
    "Harbour master Elin Vasskog met the ferry owners in Tromso on Tuesday.",
    "She said the new pier would cost $ 40 million.",
    "The talks lasted seven hours.",
    "A baker named Liu Pengui sold buns outside.",
)
TEXT = " ".join(SENTENCES)


def make_article(text: str = TEXT, id: str = "a.txt", title: str = "Pier talks") -> Article:
    """An article without statements."""
    return Article(id, text, "d", title, outlet="Harbour Post", date="2024-02-01")


def make_passage(article: Article) -> Passage:
    """The whole article as one passage."""
    return Passage(article.id, 0, len(article.text), article.text, sentences=spans(article.text))


def make_speller(text: str = TEXT) -> Speller:
    """One who has read nothing but ``text``."""
    return Speller(Counter(words(text)), [text])


def spans(text: str) -> tuple[Span, ...]:
    """Where the sentences stand: each ends with a full stop that a space follows."""
    found, start = [], 0
    for part in text.split(". "):
        end = min(len(text), start + len(part) + 1)
        found.append(Span(start, end))
        start = end + 1
    return tuple(found)
