"""Which sentences of the evidence are the answer, when the articles' own sentences are what is said. Knows no model.

The best one, then those that are nearly as likely. One that only repeats the question ("The world is changing in three
ways.") is followed by what comes after it in its article. A question that asks for several things is answered where
each is said: a sentence counts more when it holds what the chosen ones leave open, when it is the best for a
sub-question, and when it is somebody else's or another article's.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rag.answering.desk import Desk
from rag.answering.voice import voiced
from rag.retrieval import Scored

OPEN = 4.0
"""Log-odds for all of the question's words, of those that no chosen sentence holds yet; in proportion for fewer."""
CLAIMED = 6.0
"""Log-odds of the best sentence for one of the sub-questions: it is said unless nothing speaks for it."""
ELSEWHERE = 0.5
"""Log-odds of a sentence of another article than the chosen ones, and again of one that somebody else says."""
FOLLOWS = 6.0
"""Log-odds of the sentence after a chosen one that hardly tells more than the question."""


@dataclass(frozen=True, slots=True)
class Style:
    """How long an answer becomes."""

    most: int
    """Sentences."""
    within: float
    """How much less likely than the best sentence (log-odds) a further one may be."""
    words: int = 80
    """No sentence is added that would make it longer, speakers counted."""
    cited: float = 0.0
    """Log-odds of a sentence that the model's reply rests on."""


def choose(desk: Desk, style: Style, cited: Collection[str] = ()) -> list[Scored]:
    """Sentences of the evidence for an answer, in the order of the evidence. ``cited``: ids of sentences."""
    left = [item for item in desk.found.scored if item.sentence.id in desk.places]
    chosen: list[Scored] = []
    least, words = float("-inf"), 0
    while left and len(chosen) < style.most:
        gains = [_gain(item, chosen, desk) + style.cited * (item.sentence.id in cited) for item in left]
        best = max(range(len(left)), key=gains.__getitem__)
        if gains[best] < least:
            break
        item = left.pop(best)
        length = len(voiced(item.sentence, item.speaker).split())
        if chosen and words + length > style.words:
            continue
        least = gains[best] - style.within if not chosen else least
        words += length
        chosen.append(item)
    return sorted(chosen, key=lambda item: (desk.places[item.sentence.id], item.sentence.start))


def _gain(item: Scored, chosen: Sequence[Scored], desk: Desk) -> float:
    """What a sentence adds to those that are chosen."""
    if not chosen:
        return item.score
    before = desk.index.before(item.sentence)
    score = item.score + FOLLOWS * any(other.echoes and other.sentence.id == before for other in chosen)
    if not desk.found.several:
        return score
    held = {term for other in chosen for term in other.own}
    opened = sum(share for term, share in item.own.items() if term not in held)
    elsewhere = item.sentence.article not in {other.sentence.article for other in chosen}
    by_another = _voice(item) not in {_voice(other) for other in chosen}
    claimed = item.sentence.id in desk.found.claims
    return score + OPEN * opened + CLAIMED * claimed + ELSEWHERE * (elsewhere + by_another)


def _voice(item: Scored) -> str | None:
    return item.speaker.speaker if item.speaker else None
