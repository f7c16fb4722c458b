"""Where the evidence disagrees: pairs of sentences that cannot both be had. Pure; knows no model and no article's text.

Three kinds: a denial against the claim, different figures for one thing, different names for one post. A false alarm
costs more than a miss, for it sets two people against each other who never disagreed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations

from rag.answering.disputing.claims import Idf, Said, meanings, said, share
from rag.answering.disputing.denials import denies
from rag.answering.disputing.figures import differ
from rag.answering.disputing.posts import other_holder
from rag.answering.support import Source
from rag.domain import Citation, Dispute, DisputeKind, Sentence
from rag.retrieval.terms import question_terms

MOST = 3
"""Disputes that are given; a reader takes in no more."""
ABOUT = 0.35
"""Share of the question's words, by weight, that the two sentences must hold together."""
MATTER = 0.2
"""Likewise what they disagree about: else a dispute is shown to somebody who asked about its bystanders."""

Found = tuple[float, DisputeKind, Said, Said]


def statements(sources: Iterable[Source], speaker: Callable[[Sentence], str | None]) -> list[Said]:
    """The sentences of the evidence as statements, each with its speaker.

    Args:
        sources: as ``rag.answering.support.sources`` gives them.
        speaker: who says a sentence, in full; None for what the article itself says.
    """
    return [said(source.n, source.sentence, speaker(source.sentence)) for source in sources]


def find(evidence: Sequence[Said], question: str, idf: Idf, *, most: int = MOST) -> tuple[Dispute, ...]:
    """Pairs of sentences that disagree about what was asked, the surest first; in each the claim, then the denial.

    Args:
        evidence: the statements of the evidence.
        question: what was asked; "" takes disputes about anything.
        idf: weight of a term, above 0.
        most: the number of disputes that are wanted.
    """
    pairs = [pair for a, b in combinations(evidence, 2) if (pair := judge(a, b, idf))]
    wanted = frozenset(meanings(" ".join(question_terms(question)))) if question.strip() else frozenset[str]()
    pairs = [pair for pair in pairs if not wanted or _is_about(pair, wanted, idf)]
    pairs.sort(key=lambda pair: (-pair[0] - _about(pair, wanted, idf), pair[2].n, pair[2].sentence.start))
    return tuple(_dispute(pair) for pair in _one_each(pairs)[:most])


def judge(a: Said, b: Said, idf: Idf) -> Found | None:
    """How two sentences disagree, how surely (0 to 1) and which comes first; None when they do not."""
    verdicts: list[Found] = [
        (denies(b, a, idf), "denial", a, b),
        (denies(a, b, idf), "denial", b, a),
        (differ(a, b, idf), "figures", a, b),
        (other_holder(a, b, idf), "names", a, b),
    ]
    best = max(verdicts, key=lambda verdict: verdict[0])
    return best if best[0] > 0 else None


def _is_about(pair: Found, wanted: frozenset[str], idf: Idf) -> bool:
    common = pair[2].meanings & pair[3].meanings
    # A denial that only points back has hardly a word in common with its claim: then the claim is the matter.
    matter = common if len(common) > 1 else pair[2].meanings
    return _about(pair, wanted, idf) >= ABOUT and share(matter, wanted, idf) >= MATTER


def _about(pair: Found, wanted: frozenset[str], idf: Idf) -> float:
    return share(pair[2].meanings | pair[3].meanings, wanted, idf)


def _one_each(pairs: Iterable[Found]) -> list[Found]:
    """Each denial once, with what it denies most clearly; likewise each second side of the other kinds."""
    found: dict[str, Found] = {}
    for pair in pairs:
        found.setdefault(pair[3].sentence.id, pair)
    return list(found.values())


def _dispute(pair: Found) -> Dispute:
    _, kind, first, second = pair
    return Dispute(kind, _citation(first), _citation(second), (first.speaker, second.speaker))


def _citation(each: Said) -> Citation:
    return Citation(each.n, each.sentence.article, each.sentence.start, each.sentence.end, each.text)
