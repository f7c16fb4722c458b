"""Whether the articles answer a question: a probability from what retrieval found. Knows no language model's words.

Near misses are what make this hard: the right people and another event, the right event and an attribute that is not
given. So the question's names, the kind of thing it asks for and the speaker it asks about must all be found together,
in single pieces of evidence; each of these is a feature, and their weights are fitted (``eval/fit_decision.py``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from rag.domain import Article, Sentence
from rag.quotes import statements_by
from rag.retrieval import Index, Retrieval, Scored
from rag.retrieval.features import covered
from rag.retrieval.terms import question_terms, terms
from rag.retrieval.wanted import wanted

LOOKED_AT = 3
"""How many of the best sentences may answer; what only a later one holds is seldom an answer."""

_NAME = r"(?:[A-Z][\w.'’-]+(?: (?:[A-Z][\w.'’-]+|of|the|for))*)"
_ACCORDING = re.compile(
    r"(?:according to|in the (?:words|view|opinion|eyes|telling|reading) of|for|by|as|per) (?P<who>.+?)(?=[,?:;]|$)", re.I
)
_SAYS = re.compile(
    r"\b(?:did|does|do|has|have|was|is|would) (?P<who>(?:(?:the|an?) )?[\w.'’ -]{3,60}?) "
    r"(?:say|said|think|believe|claim|call|describe|tell|told|mention|add|note|stress|argue|explain|expect|warn|see|want|predict|suggest|feel)\w*\b",
    re.I,
)
_POSSESSIVE = re.compile(rf"(?P<who>{_NAME})['’]s (?:view|opinion|words|telling|reading|estimate|take|eyes|account|claim|comment)", re.I)


def asked_speaker(question: str) -> str | None:
    """Whose words a question asks for ("according to X", "what did X say"), as typed; None when it asks for nobody's."""
    for pattern in (_SAYS, _POSSESSIVE, re.compile(r"\baccording to (?P<who>.+?)(?=[,?:;]|$)", re.I)):
        match = pattern.search(question)
        if match:
            return match["who"].strip()
    return None


def observe(found: Retrieval, index: Index) -> dict[str, float]:
    """What can be seen of a question and its evidence, by name of feature; every feature lies about between 0 and 1."""
    best = found.scored[:LOOKED_AT]
    if not best:
        return {}
    query = found.query
    shares = _shares(query.weights, index)
    window = [_window(item, index) for item in best]
    names = [term for term in index.speller.names(query.text)]
    asked = wanted(query.text)
    top = best[0].features
    held = [covered(shares, words) for words in window]
    far = set(query.weights) - set().union(*window)
    return {
        "own": top.get("own", 0.0),
        "context": top.get("context", 0.0),
        "similarity": max(item.features.get("similarity", 0.0) for item in best),
        "window": max(item.features.get("window", 0.0) for item in best),
        "passage_similarity": top.get("passage_similarity", 0.0),
        "held": max(held),
        "rarest_missing": max((shares[term] for term in shares if term not in window[held.index(max(held))]), default=0.0),
        "nowhere": sum(shares.get(term, 0.0) for term in far),
        "names_missing": _missing(names, window),
        "wanted_missing": float(asked.kind is not None and not any(asked.given_by(item.sentence.text) for item in best)),
        "wanted_missing_best": float(asked.kind is not None and not asked.given_by(best[0].sentence.text)),
        "definite": float(asked.kind in ("number", "money", "share", "duration", "age", "year", "date")),
        "definite_missing": float(
            asked.kind in ("number", "money", "share", "duration", "age", "year", "date")
            and not any(asked.given_by(item.sentence.text) for item in best[:2])
        ),
        "other_speaker": _other_speaker(query.text, best, index),
        "lead": math.tanh(best[0].score - best[1].score) if len(best) > 1 else 1.0,
        "leans": float(query.leans),
    }


def _shares(weights: Mapping[str, float], index: Index) -> dict[str, float]:
    mass = {term: index.lexical.idf(term) * weight for term, weight in weights.items()}
    total = sum(mass.values()) or 1.0
    return {term: value / total for term, value in mass.items()}


def _window(item: Scored, index: Index) -> set[str]:
    """Terms of a sentence, of its neighbours, its article's header and whoever says it."""
    article: Article = index.articles[item.sentence.article]
    near: list[Sentence] = [s for s in index.neighbours(item.sentence) if s is not None]
    speaker = item.speaker.label if item.speaker else ""
    return set(terms(" ".join([item.sentence.text, speaker, article.header, *(s.text for s in near)])))


def _missing(names: Sequence[str], windows: Sequence[set[str]]) -> float:
    """The share of the question's names that the window which holds most of them lacks."""
    if not names:
        return 0.0
    return min(sum(name not in window for name in names) for window in windows) / len(names)


def _other_speaker(question: str, best: Sequence[Scored], index: Index) -> float:
    """1 when somebody's words are asked for and none of the best sentences is theirs."""
    who = asked_speaker(question)
    if who is None or not question_terms(who):
        return 0.0
    theirs = statements_by(index.articles.values(), who)
    if not theirs:
        return 0.5
    spans = {(s.article, s.start, s.end) for s in theirs}
    said = any(item.speaker and (item.speaker.article, item.speaker.start, item.speaker.end) in spans for item in best)
    return 0.0 if said else 1.0
