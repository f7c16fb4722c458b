"""Numbers as a reader meets them: 1, 2, 3 in the order of the text. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rag.domain import Answer, AnswerSentence, Citation, Dispute


def in_order(answer: Answer) -> Answer:
    """The answer with its evidence in the order in which it is cited, then what is not, numbered anew."""
    cited = [c.n for s in answer.sentences for c in s.citations]
    cited += [side.n for d in answer.disputes for side in (d.first, d.second)]
    order = list(dict.fromkeys([*cited, *(e.n for e in answer.evidence)]))
    new = {old: n for n, old in enumerate(order, 1)}
    if all(old == n for old, n in new.items()):
        return answer
    return replace(
        answer,
        evidence=tuple(sorted((replace(e, n=new[e.n]) for e in answer.evidence), key=lambda e: e.n)),
        sentences=tuple(_sentence(s, new) for s in answer.sentences),
        sections=tuple(replace(part, lines=tuple(_sentence(s, new) for s in part.lines)) for part in answer.sections),
        disputes=tuple(_dispute(d, new) for d in answer.disputes),
    )


def _sentence(sentence: AnswerSentence, new: Mapping[int, int]) -> AnswerSentence:
    return replace(sentence, citations=tuple(_citation(c, new) for c in sentence.citations))


def _dispute(dispute: Dispute, new: Mapping[int, int]) -> Dispute:
    return replace(dispute, first=_citation(dispute.first, new), second=_citation(dispute.second, new))


def _citation(citation: Citation, new: Mapping[int, int]) -> Citation:
    return replace(citation, n=new[citation.n])
