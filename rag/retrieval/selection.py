"""Evidence: the sentences that the reader takes for answers, under a token budget. Knows no index and no model.

A small model's waiting time is its prompt, so evidence is chosen sentence by sentence rather than by passage.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from rag.domain import Article, Evidence, Sentence, Span, Statement
from rag.retrieval.pages import Scored
from rag.retrieval.terms import fold

MAX_EVIDENCE_CHARS = 500
MAX_EVIDENCE_SENTENCES = 3
MARKER_TOKENS = 4
"""What the number in front of a piece of evidence costs."""
FLOOR = 8.0
"""Sentences that are so much less likely than the best one (log-odds) are left out even when there is room."""
LIKELY = 1.0
"""Score from which a sentence is evidence although the budget is spent: each of several things that a question asks
needs a sentence of its own."""
SEVERAL = 1.7
"""How many times the budget such sentences may take in all."""

_LEANING = re.compile(
    r"^[\"\u201c\u2018'«(]*(he|she|they|it|his|her|their|its|this|that|these|those|according to (him|her|them)"
    r"|the (latter|former|expert|analyst|politician|diplomat|source|interlocutor|official|spokesman|spokeswoman"
    r"|spokesperson|representative|minister|president|leader|newspaper|agency|company|document|bill|meeting|visit|parties|sides))\b|^[\"\u201c«]",
    re.I,
)
_ATTRIBUTED = re.compile(
    r"[\"\u201d»],?\s*[\w\s.,'\u2019-]{0,60}\b(said|says|noted|stressed|told|added|believes|stated|concluded|argues)\b",
    re.I,
)

Around = Callable[[Sentence], tuple[Sentence | None, Sentence | None]]
"""The sentences before and after one."""
Speaker = Callable[[Sentence], Statement | None]
"""Who says a sentence."""


def leans_on_previous(sentence: str) -> bool:
    """Whether a sentence needs the one before it: it opens with a pronoun, a role or a quotation with no speaker."""
    match = _LEANING.match(sentence)
    if match is None:
        return False
    opens_quotation = match.group(0)[-1:] in '"\u201c«'
    return not (opens_quotation and _ATTRIBUTED.search(sentence))


def choose(
    ranked: Sequence[Scored],
    around: Around,
    budget: int,
    count: Callable[[str], int],
    speaker: Speaker = lambda _: None,
) -> list[Scored]:
    """The likeliest sentences that fit ``budget`` tokens, with the neighbours that a pronoun needs.

    ``ranked``: best first; further ones that are likely may go over the budget, up to ``SEVERAL`` times.
    """
    taken = _Taken(count, around, speaker)
    for item in ranked:
        if item.score < ranked[0].score - FLOOR:
            break
        taken.take(item, round(budget * SEVERAL) if item.score >= LIKELY else budget)
    return list(taken.chosen.values())


@dataclass
class _Taken:
    """What has been chosen so far, and what it costs."""

    count: Callable[[str], int]
    around: Around
    speaker: Speaker
    cost: int = 0
    chosen: dict[str, Scored] = field(default_factory=dict)

    def take(self, item: Scored, room: int) -> None:
        """Take a sentence with the neighbours that it needs, or alone, if there is room for it."""
        if item.sentence.id in self.chosen or _repeats(item, self.chosen):
            return
        group = [s for s in _with_neighbours(item, self.around, self.speaker) if s.sentence.id not in self.chosen]
        for candidate in (group, [item]):
            cost = sum(self.count(s.sentence.text) + MARKER_TOKENS for s in candidate)
            if self.cost + cost <= room:
                self.cost += cost
                self.chosen.update((s.sentence.id, s) for s in candidate)
                return


def _with_neighbours(item: Scored, around: Around, speaker: Speaker) -> list[Scored]:
    """The sentence with the one before it, when it leans on that; the lines of a credit belong together.

    Words whose speaker is known need no neighbour to say whose they are.
    """
    before, after = around(item.sentence)
    group = [item]
    if before is not None and (item.aside or (item.speaker is None and leans_on_previous(item.sentence.text))):
        group.insert(0, Scored(before, item.score, speaker(before), item.aside))
    if after is not None and item.aside:
        group.append(Scored(after, item.score, speaker(after), item.aside))
    return group


def _repeats(item: Scored, chosen: Mapping[str, Scored]) -> bool:
    """Whether the same words have been chosen elsewhere (web pages say their headline twice)."""
    text = fold(item.sentence.text)
    return any(text in fold(other.sentence.text) for other in chosen.values())


def group(chosen: Sequence[Scored], articles: Mapping[str, Article]) -> tuple[Evidence, ...]:
    """Neighbouring sentences joined into evidence, by article, the likeliest first; the place is the citation number.

    Within an article evidence stands in reading order.
    """
    runs: list[list[Scored]] = []
    for item in sorted(chosen, key=lambda s: (s.sentence.article, s.sentence.start)):
        if runs and _joins(runs[-1], item, articles):
            runs[-1].append(item)
        else:
            runs.append([item])
    best: dict[str, float] = {}
    for item in chosen:
        best[item.sentence.article] = max(item.score, best.get(item.sentence.article, item.score))
    runs.sort(key=lambda run: -best[run[0].sentence.article])
    return tuple(_evidence(n, run, articles) for n, run in enumerate(runs, 1))


def _evidence(n: int, run: Sequence[Scored], articles: Mapping[str, Article]) -> Evidence:
    article, start, end = articles[run[0].sentence.article], run[0].sentence.start, run[-1].sentence.end
    speakers = {item.speaker.label: None for item in run if item.speaker}
    return Evidence(n, article.id, start, end, article.quote(Span(start, end)), "; ".join(speakers) or None)


def _joins(run: Sequence[Scored], item: Scored, articles: Mapping[str, Article]) -> bool:
    last = run[-1].sentence
    between = (
        articles[last.article].text[last.end : item.sentence.start] if last.article == item.sentence.article else "x"
    )
    return (
        not between.strip()
        and len(run) < MAX_EVIDENCE_SENTENCES
        and item.sentence.end - run[0].sentence.start <= MAX_EVIDENCE_CHARS
    )
