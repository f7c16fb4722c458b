"""The yardstick: llama-index's CitationQueryEngine with its defaults, on the same embedder and language model.

    python -m eval.stock --gold FILE --out DIR [--articles DIR] [--model M] [--sample N]

Takes the options of python -m eval. What differs from Footnote is the whole way from question to answer; articles,
weights and scoring are the same. Its citations are its own chunks of at most 512 tokens, so it is easier for it to be
right about them. It knows no history, and refuses only by its words.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from llama_index.core import Document, VectorStoreIndex
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.llms.types import CompletionResponse, CompletionResponseGen, LLMMetadata
from llama_index.core.llms.custom import CustomLLM
from llama_index.core.query_engine import CitationQueryEngine
from llama_index.core.schema import NodeWithScore
from pydantic import PrivateAttr

from rag.answering import reply
from rag.answering.refusal import NOTHING_FOUND
from rag.assistant import Assistant, checked_question
from rag.domain import EVERYTHING, Answer, AnswerSentence, Article, Citation, Evidence, Timings, Turn, Within
from rag.models import load_embedder
from rag.models.base import Embedder, LanguageModel, Message, Usage
from rag.models.llama import CONTEXT_TOKENS

_NO_HELP = re.compile(
    r"\bnone of the (provided )?sources\b|\bsources? (do|does) not\b|\bno (information|mention)\b", re.I
)
_SOURCE = re.compile(r"^Source \d+:\n")


class StockAssistant(Assistant):
    """An ``Assistant`` that asks a CitationQueryEngine instead."""

    _engine: Any = None
    _llm: _Model | None = None

    def ask(self, question: str, history: Sequence[Turn] = (), within: Within = EVERYTHING) -> Iterator[Answer]:
        """The engine's answer as it streams; the last value is ``done``. ``history`` and ``within`` are not used."""
        started = time.perf_counter()
        question = checked_question(question)
        if self._engine is None:
            self._llm, self._engine = _engine(self._model, load_embedder(self.config.weights), self.articles())
        response = self._engine.query(question)
        draft = Answer(question, model=self._model.name if self._model else "none")
        evidence = _evidence(response.source_nodes, {article.id: article for article in self.articles()})
        draft = replace(draft, evidence=evidence, timings=Timings(retrieval_ms=(time.perf_counter() - started) * 1000))
        yield draft
        text, first = "", None
        for piece in response.response_gen:
            text += piece
            if first is None and text.strip():
                first = (time.perf_counter() - started) * 1000
            yield replace(draft, text=reply.plain(text))
        total = (time.perf_counter() - started) * 1000
        usage = (self._llm.usage if self._llm else None) or Usage()
        yield replace(
            _concluded(draft, text),
            timings=replace(draft.timings, first_token_ms=first or total, total_ms=total),
            prompt_tokens=usage.prompt_tokens,
            cached_tokens=usage.cached_tokens,
            answer_tokens=usage.answer_tokens,
            done=True,
        )


class _Model(CustomLLM):
    """Our language model as llama-index's, so that the reply cache and the timings are the same."""

    _model: LanguageModel = PrivateAttr()
    _usage: Usage | None = PrivateAttr(default=None)

    def __init__(self, model: LanguageModel) -> None:
        super().__init__()
        self._model = model

    @property
    def usage(self) -> Usage | None:
        """Tokens of the last call."""
        return self._usage

    @property
    def metadata(self) -> LLMMetadata:
        """The context that the local model is loaded with; 256 tokens of output, llama-index's default."""
        return LLMMetadata(context_window=CONTEXT_TOKENS, model_name=self._model.name)

    def complete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponse:
        """The whole reply."""
        *_before, last = self.stream_complete(prompt, formatted)
        return last

    def stream_complete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponseGen:
        """The reply as it grows; the prompt is one message of the user."""
        text = ""
        for chunk in self._model.stream([Message("user", prompt)], max_tokens=self.metadata.num_output):
            self._usage = chunk.usage or self._usage
            text += chunk.text
            yield CompletionResponse(text=text, delta=chunk.text)


class _Vectors(BaseEmbedding):
    """Our embedder as llama-index's."""

    _embedder: Embedder = PrivateAttr()

    def __init__(self, embedder: Embedder) -> None:
        super().__init__()
        self._embedder = embedder

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._embedder.embed_query(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._embedder.embed([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self._embedder.embed(texts)


def _engine(model: LanguageModel | None, embedder: Embedder, articles: Sequence[Article]) -> tuple[_Model, Any]:
    """The engine with all its defaults but streaming, which only shows when the first word comes."""
    if model is None:
        raise ValueError("the stock engine needs a language model")
    documents = [Document(text=article.text, id_=article.id) for article in articles]
    index = VectorStoreIndex.from_documents(documents, embed_model=_Vectors(embedder))
    llm = _Model(model)
    return llm, CitationQueryEngine.from_args(index, llm=llm, streaming=True)


def _evidence(nodes: Sequence[NodeWithScore], articles: dict[str, Article]) -> tuple[Evidence, ...]:
    """The engine's sources in order, each with the words of its article that it holds."""
    found = []
    for n, node in enumerate(nodes, 1):
        article = articles[str(node.node.ref_doc_id)] if node.node.ref_doc_id else next(iter(articles.values()))
        start, end = _place(_SOURCE.sub("", node.node.get_content()), article.text)
        found.append(Evidence(n, article.id, start, end, article.text[start:end]))
    return tuple(found)


def _place(chunk: str, text: str) -> tuple[int, int]:
    """Where a chunk stands in an article, whatever the splitter made of its white space."""
    match = re.search(r"\s+".join(map(re.escape, chunk.split())), text)
    return match.span() if match else (0, len(text))


def _concluded(draft: Answer, text: str) -> Answer:
    """The answer with the citations that the engine wrote itself; a citation is the whole chunk."""
    said = []
    for part in reply.sentences(text):
        cited = [e for n in part.marked for e in draft.evidence if e.n == n]
        said.append(AnswerSentence(part.text, tuple(Citation(e.n, e.article, e.start, e.end, e.quote) for e in cited)))
    refused = not said or (len(said) <= 2 and (reply.is_refusal(text) or _NO_HELP.search(text) is not None))
    words = " ".join(sentence.text for sentence in said) or NOTHING_FOUND
    return replace(draft, text=words, sentences=tuple(said), outcome="refused" if refused else "answered")


if __name__ == "__main__":
    from eval.__main__ import main

    sys.exit(main(sys.argv[1:], assemble=StockAssistant))
