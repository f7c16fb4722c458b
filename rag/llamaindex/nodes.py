"""Passages and citations as LlamaIndex's nodes: exact words, exact places, whose words they are. Asks nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from llama_index.core.schema import NodeRelationship, NodeWithScore, RelatedNodeInfo, TextNode

from rag.domain import Answer, Article, Citation, Hit, Passage, Span
from rag.quotes import speaker_of

PLACES = ("n", "article", "url", "start", "end")
"""Metadata for programs: a language model that is shown a node does not need them."""
FOR_THE_EMBEDDER = ("title", "outlet", "date")
"""What stands in front of a passage where Footnote embeds one (``Article.header``)."""

Find = Callable[[str], Article | None]


def found(hits: Iterable[Hit], find: Find) -> list[NodeWithScore]:
    """A node for each passage that was found, with the score that orders them."""
    return [
        NodeWithScore(node=_passage(hit.passage, article), score=hit.score)
        for hit in hits
        if (article := find(hit.passage.article)) is not None
    ]


def cited(answer: Answer, find: Find) -> list[NodeWithScore]:
    """A node for each number of an answer, in order: the first is [1]. Its text begins and ends with cited words."""
    places: dict[int, list[Citation]] = {}
    sides = [side for dispute in answer.disputes for side in (dispute.first, dispute.second)]
    for citation in (*(c for s in answer.sentences for c in s.citations), *sides):
        places.setdefault(citation.n, []).append(citation)
    return [node for n in sorted(places) if (node := _cited(n, places[n], answer, find)) is not None]


def shown(answer: Answer, find: Find) -> list[NodeWithScore]:
    """A node for each piece of evidence of an answer that is still being made: what it may cite."""
    nodes = []
    for one in answer.evidence:
        if (article := find(one.article)) is not None:
            node = _node(article, one.span, one.quote, _metadata(article, one.span, one.speaker, n=one.n))
            nodes.append(NodeWithScore(node=node, score=_score(answer, one.article, one.span)))
    return nodes


def _passage(passage: Passage, article: Article) -> TextNode:
    said = (speaker_of(article, span) for span in passage.sentences)
    speakers = dict.fromkeys(statement.label for statement in said if statement is not None)
    metadata = _metadata(article, passage.span, "; ".join(speakers) or None)
    return _node(article, passage.span, passage.text, metadata)


def _cited(n: int, citations: Sequence[Citation], answer: Answer, find: Find) -> NodeWithScore | None:
    article = find(citations[0].article)
    evidence = next((e for e in answer.evidence if e.n == n), None)
    if article is None or evidence is None:
        return None
    span = Span(min(c.start for c in citations), max(c.end for c in citations))
    words = evidence.quote[span.start - evidence.start : span.end - evidence.start]
    node = _node(article, span, words, _metadata(article, span, evidence.speaker, n=n))
    return NodeWithScore(node=node, score=_score(answer, article.id, span))


def _node(article: Article, span: Span, text: str, metadata: dict[str, Any]) -> TextNode:
    return TextNode(
        id_=f"{article.id}#{span.start}-{span.end}",
        text=text,
        start_char_idx=span.start,
        end_char_idx=span.end,
        metadata=metadata,
        excluded_llm_metadata_keys=[name for name in metadata if name in PLACES],
        excluded_embed_metadata_keys=[name for name in metadata if name not in FOR_THE_EMBEDDER],
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=article.id, hash=article.digest)},
    )


def _metadata(article: Article, span: Span, speaker: str | None, n: int | None = None) -> dict[str, Any]:
    """What is known; what is not has no entry, since stores of vectors take no None."""
    known: dict[str, str | int | None] = {
        "n": n,
        "article": article.id,
        "title": article.title,
        "outlet": article.outlet,
        "author": article.author,
        "date": article.date,
        "url": article.url,
        "speaker": speaker,
        "page": article.page_of(span),
        "start": span.start,
        "end": span.end,
    }
    return {name: value for name, value in known.items() if value is not None}


def _score(answer: Answer, article: str, span: Span) -> float | None:
    """The score of the best passage that holds some of it; None where it was not found by a search."""
    held = [h.score for h in answer.retrieved if h.passage.article == article and h.passage.span.overlap(span)]
    return max(held, default=None)
