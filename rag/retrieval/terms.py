"""Words as the lexical side of retrieval sees them: folded, without stop words, stemmed. Knows nothing of articles."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import Stemmer

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_QUESTION_WORDS = frozenset(
    [
        "who",
        "whom",
        "whose",
        "what",
        "which",
        "when",
        "where",
        "why",
        "how",
        "did",
        "does",
        "do",
        "done",
        "say",
        "says",
        "said",
        "tell",
        "tells",
        "told",
        "according",
        "article",
        "articles",
        "about",
        "please",
        "there",
        "mention",
        "mentioned",
        "mentions",
        "report",
        "reports",
        "reported",
        "anyone",
        "anybody",
        "someone",
    ]
)
"""Words that shape a question about articles but hardly tell one article from another."""


@lru_cache(maxsize=1)
def _stemmer() -> Stemmer.Stemmer:
    import Stemmer

    return Stemmer.Stemmer("english")


@lru_cache(maxsize=1)
def _stop_words() -> frozenset[str]:
    from bm25s.stopwords import STOPWORDS_EN

    return frozenset(STOPWORDS_EN) | frozenset(
        ["he", "she", "his", "her", "him", "hers", "we", "our", "us", "i", "you", "your", "my", "me", "its", "them"]
    )


_STROKED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
"""Letters that Unicode does not take apart into a plain one and its mark."""


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Lower case without accents and strokes: ``Ždanov`` and ``zdanov`` meet, and ``Tromsø`` and ``Tromso``."""
    decomposed = unicodedata.normalize("NFKD", text.casefold()).translate(_STROKED)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).replace("\u2019", "'")


def words(text: str) -> list[str]:
    """The words of ``text`` as written, in order; a possessive ``'s`` is dropped."""
    return [word for word, _, _ in word_spans(text)]


def word_spans(text: str) -> list[tuple[str, int, int]]:
    """The words of ``text`` with where each starts and ends, a possessive ``'s`` included."""
    return [(re.sub(r"['\u2019]s$", "", found.group(0)), found.start(), found.end()) for found in _WORD.finditer(text)]


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The stem (Snowball English) of a word's lemma, folded: ``met`` and ``meetings`` are both ``meet``."""
    from simplemma import lemmatize

    return str(_stemmer().stemWord(fold(lemmatize(word, "en"))))


def is_stop_word(word: str) -> bool:
    """Whether a word is too common to tell passages apart."""
    return fold(word) in _stop_words()


def terms(text: str) -> list[str]:
    """Stems of the words of ``text`` that are not stop words, in order, repeats kept."""
    return [stem(word) for word in words(text) if not is_stop_word(word)]


def question_terms(question: str) -> list[str]:
    """Stems that carry the question's content, each once, in order.

    Words that only shape a question ("who", "according to the article") are left out unless nothing else is left.
    """
    return list(dict.fromkeys([stem(word) for word in content_words(question)] or terms(question)))


def content_words(question: str) -> list[str]:
    """The words that carry a question's content, as written; none when all of them only shape it."""
    return [word for word in words(question) if not is_stop_word(word) and fold(word) not in _QUESTION_WORDS]
