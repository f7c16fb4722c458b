"""An answer in lines: the articles' sentences, cited and numbered, within a limit of words. Knows no request."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from rag.answering.numbering import in_order
from rag.answering.voice import voiced
from rag.domain import Answer, AnswerSentence, Citation, Evidence, Kind, Outcome, Section, Sentence
from rag.retrieval import Index

WORDS, SHORT = 240, 70
"""Words of a whole answer, headings and labels counted; the second where somebody wants it shorter."""
MAX_CITED = 500
"""Characters of a citation at most."""


@dataclass
class Lines:
    """Collects the lines of one answer; a sentence that is cited twice keeps its number."""

    index: Index
    evidence: list[Evidence] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    words: int = 0
    most: int = WORDS
    """Words at most."""
    said: str = ""
    """What was said before and is not to be said again."""

    @property
    def size(self) -> Literal["short", "usual", "more"]:
        """How much is wanted."""
        return "short" if self.most < WORDS else "more" if self.said else "usual"

    def cited(self, sentence: Sentence, label: str = "", *, speaker: bool = True) -> AnswerSentence:
        """A sentence with its number. ``speaker``: whether whoever says it is named where the sentence does not."""
        text = voiced(sentence, self.index.speaker(sentence) if speaker else None)
        return AnswerSentence(text, (self._citation(sentence),), supported=True, label=label)

    def add(self, heading: str, lines: Iterable[AnswerSentence]) -> int:
        """A section of as many of the lines as there is room for; how many. A section of none is left out."""
        taken: list[AnswerSentence] = []
        for line in lines:
            if self.said and line.citations and " ".join((line.text or line.label).split()) in self.said:
                continue
            length = len(f"{line.label} {line.text}".split())
            if self.words + length > self.most and (taken or self.sections):
                break
            self.words += length
            taken.append(line)
        if taken:
            self.words += len(heading.split())
            self.sections.append(Section(heading, tuple(taken)))
        return len(taken)

    def first(self, article: str) -> Sentence | None:
        """The sentence that an article begins with."""
        own = self.index.body[article] or self.index.sentences[article]
        return own[0] if own else None

    def say(self, text: str, heading: str = "") -> None:
        """A line of our own, which cites nothing."""
        self.add(heading, [AnswerSentence(text)])

    def _citation(self, sentence: Sentence) -> Citation:
        quote = sentence.text[:MAX_CITED]
        end = sentence.start + len(quote)
        for known in self.evidence:
            if (known.article, known.start, known.end) == (sentence.article, sentence.start, end):
                return Citation(known.n, known.article, known.start, known.end, known.quote)
        n = len(self.evidence) + 1
        self.evidence.append(Evidence(n, sentence.article, sentence.start, end, quote, self.index.label(sentence)))
        return Citation(n, sentence.article, sentence.start, end, quote)


def answered(question: str, kind: Kind, lines: Lines, outcome: Outcome = "answered") -> Answer:
    """The answer that the lines make."""
    sentences = tuple(line for part in lines.sections for line in part.lines)
    used = {c.n for line in sentences for c in line.citations}
    made = Answer(
        question=question,
        kind=kind,
        text="\n".join(part.text for part in lines.sections),
        outcome=outcome,
        sentences=sentences,
        sections=tuple(lines.sections),
        evidence=tuple(e for e in lines.evidence if e.n in used),
        done=True,
    )
    return in_order(made)
