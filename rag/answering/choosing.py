"""Which sentences of the evidence are the answer, when the articles' own sentences are what is said. Knows no model.

The likeliest one, then those that are nearly as likely: the reader has learned that a question for several things is
answered by several sentences, and that an answer may go on in the next one. A heading is said only where nothing else
is: it is no sentence, and what stands below it tells more.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from rag.answering.desk import Desk
from rag.answering.voice import voiced
from rag.retrieval import Scored


@dataclass(frozen=True, slots=True)
class Style:
    """How long an answer becomes."""

    most: int
    """Sentences."""
    within: float
    """How much less likely than the best sentence (log-odds) a further one may be."""
    least: float = -1.0
    """Score that a further one must have."""
    words: int = 80
    """No sentence is added that would make it longer, speakers counted."""
    cited: float = 0.0
    """Log-odds of a sentence that the model's reply rests on."""


def choose(desk: Desk, style: Style, cited: Collection[str] = ()) -> list[Scored]:
    """Sentences of the evidence for an answer, in the order of the evidence. ``cited``: ids of sentences."""
    worth = {
        item.sentence.id: item.score + style.cited * (item.sentence.id in cited)
        for item in desk.found.scored
        if item.sentence.id in desk.places
    }
    ranked = sorted((i for i in desk.found.scored if i.sentence.id in worth), key=lambda i: -worth[i.sentence.id])
    chosen: list[Scored] = []
    words = 0
    for item in ranked:
        least = max(worth[chosen[0].sentence.id] - style.within, style.least) if chosen else float("-inf")
        if len(chosen) == style.most or worth[item.sentence.id] < least:
            break
        length = len(voiced(item.sentence, item.speaker).split())
        if not chosen or words + length <= style.words:
            words += length
            chosen.append(item)
    running = [item for item in chosen if item.sentence.id not in desk.index.headings]
    return sorted(running or chosen, key=lambda item: (desk.places[item.sentence.id], item.sentence.start))
