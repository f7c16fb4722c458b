"""Footnote in LlamaIndex: retriever, query engine, streaming, events, and what it composes with."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from llama_index.core import Settings, get_response_synthesizer
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.base.response.schema import AsyncStreamingResponse, Response, StreamingResponse
from llama_index.core.callbacks import CallbackManager, CBEventType, LlamaDebugHandler
from llama_index.core.chat_engine import CondenseQuestionChatEngine, ContextChatEngine
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.query_engine import RetrieverQueryEngine, RouterQueryEngine
from llama_index.core.schema import MetadataMode, NodeWithScore
from llama_index.core.selectors import LLMSingleSelector
from llama_index.core.tools import QueryEngineTool
from pydantic import PrivateAttr

from rag.assistant import Assistant
from rag.domain import Answer, AnswerSentence, Article, Citation, Hit, Passage, Span
from rag.errors import QuestionError
from rag.llamaindex import FootnoteChatEngine, FootnoteQueryEngine, FootnoteRetriever
from rag.llamaindex.chat import turns
from rag.llamaindex.nodes import found
from rag.llamaindex.wording import INSTEAD, grown, worded
from rag.models import ScriptedModel
from tests.conftest import ROOT, SEEDS, Assemble
from tests.plugged import ToldLLM

QUESTION = "Who had a seven-hour meeting with Yang Jiechi in Rome?"
FACT = "US National Security Adviser Jake Sullivan had a seven-hour meeting"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One library for all of them, so that the articles are read once."""
    return tmp_path_factory.mktemp("llamaindex") / "data"


@pytest.fixture
def assistant(assemble: Assemble, data: Path) -> Assistant:
    return assemble(model="none", data=data)


@pytest.fixture(autouse=True)
def _settings_stay_unset() -> Iterator[None]:
    """Nothing here may reach for LlamaIndex's global models: those would be OpenAI's."""
    assert Settings._llm is None and Settings._embed_model is None
    yield
    assert Settings._llm is None and Settings._embed_model is None


class Heard(BaseEventHandler):
    _names: list[str] = PrivateAttr(default_factory=list)

    def handle(self, event: Any, **_: Any) -> None:
        self._names.append(event.class_name())


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """The names of LlamaIndex's events as they happen."""
    handler, dispatcher = Heard(), get_dispatcher()
    dispatcher.add_event_handler(handler)
    yield handler._names
    dispatcher.event_handlers.remove(handler)


def words_of_the_file(one: NodeWithScore) -> str:
    text = (SEEDS / one.node.metadata["article"]).read_text(encoding="utf-8")
    return text[one.node.metadata["start"] : one.node.metadata["end"]]


def test_found_passages_are_nodes_with_their_places(assistant: Assistant) -> None:
    nodes = FootnoteRetriever(assistant, similarity_top_k=4).retrieve(QUESTION)
    assert len(nodes) == 4
    assert [one.score for one in nodes] == sorted((one.score for one in nodes), reverse=True)  # type: ignore[type-var]
    assert [one.node.node_id for one in nodes] == [h.passage.id for h in assistant.search(QUESTION).hits[:4]]
    assert any(one.node.text.startswith(FACT) or FACT in one.node.text for one in nodes)
    for one in nodes:
        node = one.node
        assert node.text == words_of_the_file(one)
        assert (node.start_char_idx, node.end_char_idx) == (node.metadata["start"], node.metadata["end"])
        assert node.node_id == f"{node.metadata['article']}#{node.start_char_idx}-{node.end_char_idx}"
        assert node.ref_doc_id == node.metadata["article"]
        assert None not in node.metadata.values()


def test_a_passage_of_a_file_with_pages_names_its_page() -> None:
    article = Article("a.pdf", "One. Two.", "digest", "A report", pages=(0, 5))
    hits = [Hit(Passage("a.pdf", 5, 9, "Two.", sentences=(Span(5, 9),)), 1.0), Hit(Passage("b.pdf", 0, 4, "One."), 0.5)]
    (one,) = found(hits, {"a.pdf": article}.get)
    assert one.node.metadata == {"article": "a.pdf", "title": "A report", "page": 2, "start": 5, "end": 9}
    assert one.node.get_content(MetadataMode.LLM) == "title: A report\npage: 2\n\nTwo."


def test_a_language_model_is_shown_who_and_when_and_no_numbers_of_characters(assistant: Assistant) -> None:
    one = FootnoteRetriever(assistant).retrieve(QUESTION)[0].node
    shown = one.get_content(MetadataMode.LLM)
    assert one.metadata["title"] in shown and one.text in shown
    assert "start:" not in shown and "article:" not in shown
    embedded = one.get_content(MetadataMode.EMBED)
    assert one.metadata["title"] in embedded and "speaker:" not in embedded


def test_the_first_source_is_what_1_cites(assistant: Assistant) -> None:
    response = FootnoteQueryEngine(assistant).query(QUESTION)
    assert isinstance(response, Response)
    assert response.response is not None and response.response.startswith(FACT) and "[1]" in response.response
    told = response.metadata
    assert told is not None
    assert [one.node.metadata["n"] for one in response.source_nodes] == sorted({c["n"] for c in told["citations"]})
    assert response.source_nodes[0].node.text.startswith(FACT)
    for one in response.source_nodes:
        assert one.node.text == words_of_the_file(one)
        inside = [c for c in told["citations"] if c["n"] == one.node.metadata["n"]]
        assert all(one.node.start_char_idx <= c["start"] < c["end"] <= one.node.end_char_idx for c in inside)
    assert told["outcome"] == "answered" and told["question"] == QUESTION


@pytest.mark.parametrize(
    "question", ["What are the articles about?", "Who is Jake Sullivan?", "Timeline of events", "Who met Xi in Paris?"]
)
def test_every_kind_of_answer_numbers_its_sources_without_a_gap(assistant: Assistant, question: str) -> None:
    response = FootnoteQueryEngine(assistant).query(question)
    assert str(response) != "None"
    numbers = [one.node.metadata["n"] for one in response.source_nodes]
    assert numbers == list(range(1, len(numbers) + 1))
    for one in response.source_nodes:
        assert one.node.text == words_of_the_file(one) and f"[{one.node.metadata['n']}]" in str(response)


def test_a_refusal_is_no_answer_of_something_else(assistant: Assistant) -> None:
    response = FootnoteQueryEngine(assistant).query("Who is the mayor of Reykjavik?")
    assert response.metadata is not None and response.metadata["refused"]
    assert str(response) == response.metadata["text"]


def test_a_question_that_is_none_is_refused_as_everywhere(assistant: Assistant) -> None:
    for engine in (FootnoteQueryEngine(assistant), FootnoteQueryEngine(assistant, streaming=True)):
        with pytest.raises(QuestionError, match="empty"):
            engine.query("?!")


def test_a_streamed_response_is_the_same_in_pieces(assemble: Assemble, scripted: ScriptedModel) -> None:
    assistant = assemble()
    said = "YES. Jake Sullivan had a seven-hour meeting with Yang Jiechi [1]. They met in Rome [1]."
    scripted.enqueue(said, said)
    whole = FootnoteQueryEngine(assistant).query(QUESTION)
    response = FootnoteQueryEngine(assistant, streaming=True).query(QUESTION)
    assert isinstance(response, StreamingResponse)
    assert response.source_nodes and response.source_nodes[0].node.text  # what may be cited, before the first word
    assert str(response) == str(whole)
    assert [s.node.node_id for s in response.source_nodes] == [s.node.node_id for s in whole.source_nodes]
    assert response.metadata is not None and response.metadata["text"] == whole.metadata["text"]  # type: ignore[index]
    assert response.get_response().source_nodes == response.source_nodes


def test_a_stream_that_is_left_stops_the_model(assemble: Assemble, scripted: ScriptedModel) -> None:
    assistant = assemble()
    scripted.enqueue(["YES. Jake Sullivan met him in Rome [1]. ", *["And again. "] * 30])
    response = FootnoteQueryEngine(assistant, streaming=True).query(QUESTION)
    assert isinstance(response, StreamingResponse)
    assert next(response.response_gen)
    response.response_gen.close()
    assert scripted.stopped == 1


def test_asynchronous_questions_answer_alike(assistant: Assistant) -> None:
    async def ask() -> tuple[Any, Any, list[NodeWithScore], str]:
        engine = FootnoteQueryEngine(assistant)
        streamed = await FootnoteQueryEngine(assistant, streaming=True).aquery(QUESTION)
        assert isinstance(streamed, AsyncStreamingResponse)
        pieces = [piece async for piece in streamed.async_response_gen()]
        both = await asyncio.gather(engine.aquery(QUESTION), engine.aquery("Who is the mayor of Reykjavik?"))
        return *both, await FootnoteRetriever(assistant).aretrieve(QUESTION), "".join(pieces)

    first, second, found, streamed = asyncio.run(ask())
    assert str(first) == streamed == str(FootnoteQueryEngine(assistant).query(QUESTION))
    assert second.metadata["refused"]
    assert found == FootnoteRetriever(assistant).retrieve(QUESTION)


def test_the_event_loop_goes_on_and_a_cancelled_question_stops_the_model(
    assemble: Assemble, scripted: ScriptedModel
) -> None:
    slow = ScriptedModel(["YES. Jake Sullivan met him in Rome [1]."], delay=0.2)
    assistant = assemble()
    assistant._writer.lending.put(slow)

    async def ask() -> int:
        task = asyncio.create_task(FootnoteQueryEngine(assistant).aquery(QUESTION))
        while not slow.calls:
            await asyncio.sleep(0.01)
        beats, began = 0, time.monotonic()
        while time.monotonic() - began < 0.3:  # The model writes, and the loop is free.
            await asyncio.sleep(0.01)
            beats += 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return beats

    assert asyncio.run(ask()) > 3
    assert slow.stopped == 1


def test_events_and_callbacks_are_those_of_llamaindex(assistant: Assistant, heard: list[str]) -> None:
    debug = LlamaDebugHandler(print_trace_on_end=False)
    manager = CallbackManager([debug])
    FootnoteRetriever(assistant, callback_manager=manager).retrieve(QUESTION)
    assert heard == ["RetrievalStartEvent", "RetrievalEndEvent"]
    heard.clear()
    FootnoteQueryEngine(assistant, callback_manager=manager).query(QUESTION)
    assert heard == ["QueryStartEvent", "QueryEndEvent"]
    assert len(debug.get_event_pairs(CBEventType.RETRIEVE)) == 1
    assert len(debug.get_event_pairs(CBEventType.QUERY)) == 1


def test_it_composes_with_a_router_tools_and_a_synthesizer(assistant: Assistant) -> None:
    picks = ToldLLM('[{"choice": 1, "reason": "it asks about articles"}]')
    ours = FootnoteQueryEngine(assistant)
    writes = ToldLLM("Sullivan met him.")
    synthesizer = get_response_synthesizer(llm=writes)
    theirs = RetrieverQueryEngine(FootnoteRetriever(assistant), synthesizer)
    tools = [
        QueryEngineTool.from_defaults(ours, name="articles", description="What the articles say."),
        QueryEngineTool.from_defaults(theirs, name="notes", description="Notes."),
    ]
    router = RouterQueryEngine(LLMSingleSelector.from_defaults(llm=picks), tools, llm=picks)
    routed = router.query(QUESTION)
    assert str(routed) == str(ours.query(QUESTION))
    assert routed.source_nodes[0].node.text.startswith(FACT)
    written = tools[1].call(QUESTION)
    assert str(written).strip() == "Sullivan met him."
    assert FACT in writes._asked[0]
    assert written.raw_output.source_nodes[0].node.text == words_of_the_file(written.raw_output.source_nodes[0])


def test_chat_engines_carry_the_history(assistant: Assistant) -> None:
    condenses = ToldLLM(QUESTION)
    chat = CondenseQuestionChatEngine.from_defaults(query_engine=FootnoteQueryEngine(assistant), llm=condenses)
    first = chat.chat("Who met Yang Jiechi?")
    second = chat.chat("And who was it for seven hours?")
    assert str(second).startswith(FACT)
    assert str(first) in condenses._asked[-1] and "seven hours" in condenses._asked[-1]
    assert second.source_nodes[0].node.text.startswith(FACT)
    answers = ToldLLM("Jake Sullivan.")
    context = ContextChatEngine.from_defaults(retriever=FootnoteRetriever(assistant), llm=answers)
    assert str(context.chat(QUESTION)).strip() == "Jake Sullivan."
    assert FACT in answers._asked[0]


def test_our_chat_engine_understands_follow_ups_by_itself(assemble: Assemble, scripted: ScriptedModel) -> None:
    chat = FootnoteChatEngine(assemble(model="none"))
    first = chat.chat("Who met Yang Jiechi in Rome?")
    assert first.source_nodes[0].node.text == words_of_the_file(first.source_nodes[0])
    second = chat.chat("And how long did it last?")
    assert second.metadata is not None and "Who met Yang Jiechi in Rome?" in second.metadata["searched"]
    assert [message.role.value for message in chat.chat_history] == ["user", "assistant"] * 2
    assert turns(chat.chat_history)[0].answer in first.metadata["text"]  # type: ignore[index]
    chat.reset()
    assert chat.chat_history == []
    again = chat.chat("And how long did it last?", chat_history=[ChatMessage("Who met Yang Jiechi in Rome?")])
    assert again.metadata is not None and not turns(chat.chat_history[:1])


def test_our_chat_engine_streams_both_ways(assistant: Assistant) -> None:
    def asked(chat: FootnoteChatEngine) -> tuple[str, list[str]]:
        response = chat.stream_chat(QUESTION)
        said = "".join(response.response_gen)
        assert str(response) == said
        return said, [one.node.node_id for one in response.source_nodes]

    async def asked_by_a_loop(chat: FootnoteChatEngine) -> tuple[str, list[str]]:
        response = await chat.astream_chat(QUESTION)
        said = "".join([piece async for piece in response.async_response_gen()])
        whole = await chat.achat(QUESTION)
        assert str(whole) == said
        return said, [one.node.node_id for one in response.source_nodes]

    chat, other = FootnoteChatEngine(assistant), FootnoteChatEngine(assistant)
    assert asked(chat) == asyncio.run(asked_by_a_loop(other))
    assert [message.content for message in chat.chat_history] == [m.content for m in other.chat_history[:2]]
    left = chat.stream_chat(QUESTION)
    next(iter(left.response_gen))
    left.chat_stream.close()  # type: ignore[union-attr]
    assert len(chat.chat_history) == 2


def test_what_was_streamed_is_never_silently_replaced() -> None:
    def answer(*texts: str, done: bool = False) -> Answer:
        place = Citation(1, "a.txt", 0, 3, "One")
        return Answer("?", sentences=tuple(AnswerSentence(t, (place,)) for t in texts), done=done)

    grow = [answer(), answer("One."), answer("One.", "Two."), answer("One.", "Two.", done=True)]
    assert [text for text, _ in grown(iter(grow))] == ["", "One. [1]", " Two. [1]", ""]
    changed = [answer("One."), answer("Other.", done=True)]
    assert [text for text, _ in grown(iter(changed))] == ["One. [1]", INSTEAD + "Other. [1]"]
    assert worded(Answer("?", sentences=(AnswerSentence("No.", supported=False),), missing=("when",), done=True)) == (
        "No. (not found in the source)\n\nNot in the articles: when."
    )


def test_importing_the_package_imports_no_llama_index() -> None:
    began = time.monotonic()
    code = "import sys, rag; sys.exit(any(name.split('.')[0] == 'llama_index' for name in sys.modules))"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)
    assert time.monotonic() - began < 30
