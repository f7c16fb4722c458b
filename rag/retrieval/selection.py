"""Evidence: the sentences of the best passages that answer the question, under a token budget. Knows no index.

A small model's waiting time is its prompt, so evidence is chosen sentence by sentence rather than by passage.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rag.domain import Article, Evidence, Hit, Sentence, Span
from rag.retrieval.question import Query
from rag.retrieval.terms import fold, terms, words

MAX_EVIDENCE_CHARS = 500
MAX_EVIDENCE_SENTENCES = 3


@dataclass(frozen=True, slots=True)
class SelectionWeights:
    """How much each feature of a sentence counts. Measured on the development questions (docs/log.md)."""

    coverage: float = 1.0
    """Share of the question's idf mass that the sentence itself holds, 0 to 1."""
    context: float = 0.35
    """The same share for the sentence with its neighbours and its article's header."""
    similarity: float = 0.9
    """Cosine similarity of question and sentence."""
    rank: float = 0.35
    """Reciprocal of the rank of the best passage that holds the sentence."""
    kind: float = 0.12
    """Whether the sentence holds the kind of thing that is asked for (a number, a time, a name)."""
    floor: float = 0.42
    """Sentences below this share of the best score are left out even when there is room."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence with its score."""

    sentence: Sentence
    score: float


_NUMBER = re.compile(r"\d|\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand|million|billion)\b", re.I)
_TIME = re.compile(
    r"\b(\d{4}|monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april|may|june|july|august"
    r"|september|october|november|december|yesterday|today|tomorrow|week|month|year|day|hours?|minutes?|ago|earlier|since)\b",
    re.I,
)
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][\w'\u2019-]+")
_ASKS_NUMBER = re.compile(r"\bhow (many|much|long|old|big|large|far|often)\b|\bwhat (number|percentage|share|amount|goal|target)\b", re.I)
_ASKS_TIME = re.compile(r"\bwhen\b|\bwhat (day|date|year|month|time)\b|\bhow long\b|\bsince when\b|\bwhich (day|year|month)\b", re.I)
_ASKS_NAME = re.compile(r"^\W*(and |but )?(who|whom|whose|which)\b|\bby whom\b", re.I)
_LEANING = re.compile(
    r"^[\"\u201c\u2018'«(]*(he|she|they|it|his|her|their|its|this|that|these|those|according to (him|her|them)|the (latter|former"
    r"|expert|analyst|politician|diplomat|source|interlocutor|official|spokesman|spokeswoman|spokesperson|representative|minister"
    r"|president|leader|newspaper|agency|company|document|bill|meeting|visit|parties|sides))\b|^[\"\u201c«]",
    re.I,
)
_ATTRIBUTED = re.compile(r"[\"\u201d»],?\s*[\w\s.,'\u2019-]{0,60}\b(said|says|noted|stressed|told|added|believes|stated|concluded|argues)\b", re.I)


def asks_for(question: str) -> re.Pattern[str] | None:
    """A pattern for the kind of thing that the question wants, when its wording tells."""
    if _ASKS_TIME.search(question):
        return _TIME
    if _ASKS_NUMBER.search(question):
        return _NUMBER
    if _ASKS_NAME.search(question):
        return _NAME
    return None


def leans_on_previous(sentence: str) -> bool:
    """Whether a sentence needs the one before it: it begins with a pronoun, a bare role, or a quotation without speaker."""
    match = _LEANING.match(sentence)
    if match is None:
        return False
    opens_quotation = match.group(0)[-1:] in "\"\u201c«"
    return not (opens_quotation and _ATTRIBUTED.search(sentence))


class Selector:
    """Scores the sentences of ranked passages against a question and picks evidence among them."""

    def __init__(self, idf: Callable[[str], float], weights: SelectionWeights | None = None) -> None:
        self._idf = idf
        self._weights = weights or SelectionWeights()

    def score(
        self,
        query: Query,
        hits: Sequence[Hit],
        articles: Mapping[str, Article],
        similarity: Mapping[str, float],
        header: Callable[[Article], str],
    ) -> list[Scored]:
        """The sentences of ``hits`` by score, best first, each once. ``similarity`` maps sentence ids to a cosine."""
        wanted = asks_for(query.text)
        mass = sum(self._idf(t) * w for t, w in query.weights.items()) or 1.0
        own_mass = sum(self._idf(t) for t in query.own) or 1.0
        best: dict[str, Scored] = {}
        for rank, hit in enumerate(hits, 1):
            passage, article = hit.passage, articles[hit.passage.article]
            texts = [article.quote(span) for span in passage.sentences]
            about = set(terms(header(article)))
            for place, span in enumerate(passage.sentences):
                sentence = Sentence(article.id, span.start, span.end, texts[place])
                held = set(terms(sentence.text))
                near = held | about | set(terms(" ".join(texts[max(0, place - 2) : place + 2])))
                w = self._weights
                score = (
                    w.coverage * sum(self._idf(t) * x for t, x in query.weights.items() if t in held) / mass
                    + w.context * sum(self._idf(t) * x for t, x in query.weights.items() if t in near) / mass
                    + 0.3 * w.coverage * sum(self._idf(t) for t in query.own if t in held) / own_mass
                    + w.similarity * max(0.0, similarity.get(sentence.id, 0.0))
                    + w.rank / rank
                    + (w.kind if wanted is not None and wanted.search(sentence.text) else 0.0)
                )
                if len(words(sentence.text)) < 4:
                    score *= 0.6
                known = best.get(sentence.id)
                if known is None or score > known.score:
                    best[sentence.id] = Scored(sentence, score)
        return sorted(best.values(), key=lambda s: (-s.score, s.sentence.article, s.sentence.start))

    def choose(
        self, scored: Sequence[Scored], neighbour: Callable[[Sentence], Sentence | None], budget: int, count: Callable[[str], int]
    ) -> list[Scored]:
        """The best sentences that fit ``budget`` tokens, each with the sentence before it where it leans on that one."""
        chosen: dict[str, Scored] = {}
        texts: set[str] = set()
        left = budget
        for item in scored:
            if item.sentence.id in chosen or item.score < self._weights.floor * scored[0].score:
                continue
            folded = fold(item.sentence.text)
            if folded in texts:
                continue
            group = [item]
            if leans_on_previous(item.sentence.text):
                before = neighbour(item.sentence)
                if before is not None and before.id not in chosen:
                    group.insert(0, Scored(before, item.score))
            cost = sum(count(s.sentence.text) + 4 for s in group)
            if cost > left and len(group) > 1:
                group = [item]
                cost = count(item.sentence.text) + 4
            if cost > left:
                continue
            left -= cost
            texts.add(folded)
            chosen.update((s.sentence.id, s) for s in group)
        return list(chosen.values())


def group(chosen: Sequence[Scored], articles: Mapping[str, Article]) -> tuple[Evidence, ...]:
    """Neighbouring sentences joined into evidence, the best first; the position is the citation number."""
    best: dict[tuple[str, int, int], float] = {}
    ordered = sorted(chosen, key=lambda s: (s.sentence.article, s.sentence.start))
    run: list[Scored] = []
    for item in ordered:
        if run and not _joins(run, item, articles):
            best[_key(run)] = max(s.score for s in run)
            run = []
        run.append(item)
    if run:
        best[_key(run)] = max(s.score for s in run)
    ranked = sorted(best.items(), key=lambda pair: -pair[1])
    return tuple(
        Evidence(n, id, start, end, articles[id].quote(Span(start, end))) for n, ((id, start, end), _) in enumerate(ranked, 1)
    )


def _key(run: Sequence[Scored]) -> tuple[str, int, int]:
    return run[0].sentence.article, run[0].sentence.start, run[-1].sentence.end


def _joins(run: Sequence[Scored], item: Scored, articles: Mapping[str, Article]) -> bool:
    last = run[-1].sentence
    between = articles[last.article].text[last.end : item.sentence.start] if last.article == item.sentence.article else "x"
    return (
        not between.strip()
        and len(run) < MAX_EVIDENCE_SENTENCES
        and item.sentence.end - run[0].sentence.start <= MAX_EVIDENCE_CHARS
    )
