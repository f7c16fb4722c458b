"""A model's reply -> sentences that can be checked. Knows the reply's text and the evidence, no model.

A small model is good at finding the place and weak at wording it: it drops half of an answer, gives a claim as a fact,
or alters a quotation. So where the model is small its reply only chooses, and what is said are the articles' own
sentences with their speakers. A large model's words are kept where the check holds them, and mended where it does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.answering.checking import check, unquoted
from rag.answering.choosing import Style, choose
from rag.answering.desk import Desk
from rag.answering.grounding import is_foreign, strangers
from rag.answering.reply import ReplySentence
from rag.answering.support import cite
from rag.domain import AnswerSentence, Citation

STYLE = Style(most=3, within=2.0, cited=3.0)
"""Sentences of the articles that stand for a reply of a small model."""
HOPELESS = 0.25
"""A sentence whose check scores less is replaced; between this and the check's own threshold it is marked."""


def verbatim(parts: Sequence[ReplySentence], desk: Desk, style: Style = STYLE) -> tuple[AnswerSentence, ...]:
    """The sentences of the articles that a reply rests on, and others that are as likely; () when it rests on none."""
    citations = rests_on(parts, desk)
    chosen = desk.cited(citations)
    if not chosen:
        return ()
    items = choose(desk, style, {sentence.id for sentence in chosen})
    said = [desk.verbatim(item.sentence, citations) for item in items]
    return tuple({sentence.text: sentence for sentence in said}.values())


def phrased(parts: Sequence[ReplySentence], desk: Desk) -> tuple[AnswerSentence, ...]:
    """The reply's own sentences, each checked against what it cites and replaced by that where it says otherwise."""
    found: list[AnswerSentence] = []
    for part in _grounded(parts, desk):
        found += [said for said in _checked(cited(part, desk), desk) if said.text not in {f.text for f in found}]
    return tuple(found)


def rests_on(parts: Sequence[ReplySentence], desk: Desk) -> list[Citation]:
    """The words of the evidence that support a reply best, in the reply's order."""
    return [citation for part in _grounded(parts, desk) for citation in cited(part, desk).citations]


def _grounded(parts: Sequence[ReplySentence], desk: Desk) -> list[ReplySentence]:
    """The sentences of a reply that rest on what the model was shown, and not on its memory."""
    return [p for p in parts if not strangers(p.text, desk.context) and not is_foreign(p.text, desk.context)]


def _checked(said: AnswerSentence, desk: Desk) -> list[AnswerSentence]:
    sentences = desk.cited(said.citations)
    shown = [sentence.text for sentence in sentences]
    text = unquoted(said.text, shown)
    result = check(text, shown, desk.context, desk.speakers(sentences))
    wrong = any(not p.is_flag and p.kind not in ("little support", "quotation") for p in result.problems)
    if sentences and (wrong or result.score < HOPELESS):
        return [desk.verbatim(sentence) for sentence in sentences]
    return [replace(said, text=text, supported=result.supported)]


def cited(part: ReplySentence, desk: Desk) -> AnswerSentence:
    """A sentence of a reply with the words of the evidence that support it best."""
    index = desk.index
    return cite(part.text, part.marked, desk.found.query.text, desk.candidates, index.lexical.idf, index.articles)
