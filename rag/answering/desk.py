"""A question with everything that has been found for it, as the rest of this room wants to see it. Knows no model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from rag.answering.support import Source, citation, sources
from rag.answering.voice import voiced
from rag.domain import AnswerSentence, Article, Citation, Sentence, Turn
from rag.retrieval import Index, Retrieval, Scored


@dataclass(frozen=True)
class Desk:
    """``question`` as typed; ``history`` oldest first; ``found`` in ``index``."""

    question: str
    history: Sequence[Turn]
    found: Retrieval
    index: Index = field(repr=False)

    @cached_property
    def candidates(self) -> list[Source]:
        """The sentences of the evidence that may be cited."""
        return sources(self.found.evidence, self.index.within)

    @cached_property
    def places(self) -> dict[str, int]:
        """For each of the candidates (by the sentence's id) the number of the evidence that it lies in."""
        return {source.sentence.id: source.n for source in self.candidates}

    @cached_property
    def unknown(self) -> tuple[str, ...]:
        """Names of the question that no article holds."""
        return self.index.speller.unknown_names(self.found.query.text)

    @property
    def turn_before(self) -> Sequence[Turn]:
        """The turn that the question leans on; () when it stands alone."""
        return self.history[-1:] if self.found.query.leans else ()

    @cached_property
    def context(self) -> tuple[str, ...]:
        """Everything that the model was shown, and what is known of the articles it is from."""
        titles = [self.article(e.article).header for e in self.found.evidence]
        turns = [text for turn in self.turn_before for text in (turn.question, turn.answer)]
        speakers = [e.speaker for e in self.found.evidence if e.speaker]
        return (self.found.query.text, *(e.quote for e in self.found.evidence), *speakers, *titles, *turns)

    def article(self, id: str) -> Article:
        """The article of this id."""
        return self.index.articles[id]

    def cited(self, citations: Sequence[Citation]) -> list[Sentence]:
        """The sentences that citations consist of, each once, in their order; a very long one is cited in part."""
        inside = [
            source.sentence for c in citations for source in self.candidates if _cites(c, source.n, source.sentence)
        ]
        return list({sentence.id: sentence for sentence in inside}.values())

    def speaker(self, sentence: Sentence) -> str | None:
        """Who says a sentence, in full; None for what the article itself says."""
        return self.index.label(sentence)

    def speakers(self, sentences: Sequence[Sentence]) -> list[str]:
        """Who says these sentences, in full, each once."""
        return list(dict.fromkeys(label for s in sentences if (label := self.speaker(s)) is not None))

    def verbatim(self, sentence: Sentence, within: Sequence[Citation] = ()) -> AnswerSentence:
        """A sentence of the evidence in its own words, with whoever says it.

        It cites itself, or the one of ``within`` that it is a part of.
        """
        n = self.places[sentence.id]
        held = self.found.evidence[n - 1]
        if self.index.aside(held):  # the lines of a credit or byline mean nothing one by one
            whole = citation(n, held.article, held.start, held.quote)
            return AnswerSentence(" ".join(held.quote.split()), (whole,), supported=True)
        own = citation(n, sentence.article, sentence.start, sentence.text)
        found = next((c for c in within if _cites(c, n, sentence)), own)
        return AnswerSentence(voiced(sentence, self.index.speaker(sentence)), (found,), supported=True)

    def closest(self) -> Scored | None:
        """The best sentence that is among the evidence."""
        return next((item for item in self.found.scored if item.sentence.id in self.places), None)


def _cites(found: Citation, n: int, sentence: Sentence) -> bool:
    """Whether a citation holds a sentence of evidence ``n``, or the beginning of a very long one."""
    return found.n == n and found.start <= sentence.start < found.end
