"""LlamaIndex's LLMs and embeddings in Footnote: what they are asked, and what becomes of what they say."""

import math
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from llama_index.core import MockEmbedding
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, CompletionResponse
from llama_index.core.llms.mock import MockLLM
from pydantic import PrivateAttr

from rag import loading as loading_room
from rag.assistant import Assistant, complete
from rag.config import load_config
from rag.errors import ModelError, WeightsError
from rag.llamaindex import LlamaIndexEmbedder, LlamaIndexModel, open_folder
from rag.llamaindex.threads import Threads, TookTooLong, TooManyStuck
from rag.models import HashEmbedder, ScriptedModel
from rag.models.base import Chunk, Message, Usage
from tests.conftest import SEEDS
from tests.plugged import GOOD, HashedEmbedding, SaysAll, ToldLLM, WholeLLM, endless

QUESTION = "Who had a seven-hour meeting with Yang Jiechi in Rome?"
ASKED = [Message("system", "be brief"), Message("user", "who?")]


def said_by(model: LlamaIndexModel, max_tokens: int = 50) -> list[Chunk]:
    return list(model.stream(ASKED, max_tokens=max_tokens))


def text_of(chunks: list[Chunk]) -> str:
    return "".join(chunk.text for chunk in chunks).strip()


@pytest.mark.parametrize("kind", [ToldLLM, WholeLLM, SaysAll])
def test_a_reply_is_heard_however_it_is_told(kind: type[ToldLLM]) -> None:
    chunks = said_by(LlamaIndexModel(kind("Jake Sullivan met him in Rome.")))
    assert text_of(chunks) == "Jake Sullivan met him in Rome."
    assert chunks[-1].usage is not None and not chunks[-1].cut


def test_messages_arrive_with_their_roles() -> None:
    llm = ToldLLM()
    said_by(LlamaIndexModel(llm))
    assert "system: be brief" in llm._asked[0] and "user: who?" in llm._asked[0]


def test_the_mock_of_llamaindex_is_heard() -> None:
    model = LlamaIndexModel(MockLLM(max_tokens=3))
    assert model.name == "MockLLM" and not model.local
    assert text_of(said_by(model)) == "text text text"


def test_tokens_and_the_reason_of_the_end_are_taken_from_where_they_are_told() -> None:
    def say(**fields: Any) -> list[Chunk]:
        class Tells(ToldLLM):
            def stream_chat(self, messages: Any, **_: Any) -> Any:
                yield ChatResponse(message=ChatMessage(content="A word."), delta="A word.", **fields)

        return said_by(LlamaIndexModel(Tells()))

    openai = SimpleNamespace(
        choices=[SimpleNamespace(finish_reason="length")],
        usage=SimpleNamespace(prompt_tokens=7, completion_tokens=2),
    )
    assert say(raw=openai)[-1] == Chunk(usage=Usage(7, None, 2), cut=True)
    assert say(raw={"done_reason": "stop"}, additional_kwargs={"prompt_tokens": 5})[-1] == Chunk(usage=Usage(5))
    assert say(raw={"stop_reason": "max_tokens"})[-1].cut
    assert not say(raw="anything")[-1].cut


def test_a_prompt_that_waits_has_heartbeats_and_a_stop_frees_the_place() -> None:
    llm = ToldLLM(endless("a ", pause=0.4))
    model = LlamaIndexModel(llm)
    stream = model.stream(ASKED, max_tokens=50)
    assert next(stream) == Chunk()
    while not next(stream).text:
        pass
    stream.close()  # type: ignore[attr-defined]
    assert not model._line.tickets
    deadline = time.monotonic() + 5
    while not llm._closed and time.monotonic() < deadline:
        time.sleep(0.02)
    assert llm._closed == 1, "the LLM's own reply is closed at its next token"


def test_more_than_a_few_at_a_time_wait_in_line() -> None:
    model = LlamaIndexModel(ToldLLM(endless("a ", pause=0.05)))
    first = [model.stream(ASKED, max_tokens=50) for _ in range(4)]
    for stream in first:
        next(stream)
    fifth = model.stream(ASKED, max_tokens=50)
    assert next(fifth).place == 2
    for stream in [*first, fifth]:
        stream.close()  # type: ignore[attr-defined]


def test_calls_that_never_end_are_bounded() -> None:
    gate, threads = threading.Event(), Threads(most_stuck=2)
    for _ in range(2):
        with pytest.raises(TookTooLong):
            threads.call(gate.wait, 0.05)
    with pytest.raises(TooManyStuck):
        threads.call(gate.wait, 0.05)
    gate.set()
    deadline = time.monotonic() + 5
    while any(thread.is_alive() for thread in threads._left) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert threads.call(lambda: "goes on", 5) == "goes on"


def test_options_are_given_with_each_request() -> None:
    given: list[dict[str, Any]] = []

    class Takes(ToldLLM):
        def stream_chat(self, messages: Any, **options: Any) -> Any:
            given.append(options)
            yield ChatResponse(message=ChatMessage(content="A word."), delta="A word.")

    said_by(LlamaIndexModel(Takes(), options={"max_tokens": 200}))
    assert given == [{"max_tokens": 200}]


# -- vectors -----------------------------------------------------------------------------------------------------------


def test_vectors_have_length_one_in_batches_and_in_order() -> None:
    plugged = HashedEmbedding(embed_batch_size=4, model_name="hashed")
    embedder = LlamaIndexEmbedder(plugged)
    texts = [f"text number {n}" for n in range(10)]
    vectors = embedder.embed(texts)
    assert plugged._batches == [4, 4, 2]
    assert all(math.isclose(math.hypot(*vector), 1) for vector in vectors)
    assert vectors[3] == pytest.approx(embedder.embed_query("text number 3"))
    assert embedder.dimensions == 64
    assert embedder.embed([]) == []


def test_another_model_has_another_fingerprint() -> None:
    prints = {
        LlamaIndexEmbedder(HashedEmbedding(model_name="one")).fingerprint,
        LlamaIndexEmbedder(HashedEmbedding(model_name="two")).fingerprint,
        LlamaIndexEmbedder(HashedEmbedding(model_name="two", dimensions=32)).fingerprint,
        LlamaIndexEmbedder(HashedEmbedding(model_name="two"), name="with an instruction").fingerprint,
        LlamaIndexEmbedder(MockEmbedding(embed_dim=64, model_name="two")).fingerprint,
    }
    assert len(prints) == 5
    again = LlamaIndexEmbedder(HashedEmbedding(model_name="one")).fingerprint
    assert again in prints and again == "tests.plugged.HashedEmbedding:one:64:unit"


def test_lengths_that_a_float_cannot_square_are_no_trouble() -> None:
    class Odd(HashedEmbedding):
        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return [[1e300, 1e300], [0.0, 0.0], [1e-300, 0.0]]

        def _get_query_embedding(self, query: str) -> list[float]:
            return [1.0, 0.0]

    half = math.sqrt(0.5)
    assert LlamaIndexEmbedder(Odd()).embed(["a", "b", "c"]) == [pytest.approx([half, half]), [1.0, 0.0], [1.0, 0.0]]


BAD_VECTORS: dict[str, tuple[Any, str]] = {
    "too few": ([[1.0, 0.0]], "1 vectors for 2 texts"),
    "none": ([], "0 vectors for 2 texts"),
    "no number": ([[1.0, math.nan], [1.0, 0.0]], "no number"),
    "endless": ([[math.inf, 0.0], [1.0, 0.0]], "no number"),
    "without dimensions": ([[], []], "without dimensions"),
    "others": ([[1.0, 0.0, 0.0], [1.0, 0.0]], "3 dimensions after one of 2"),
    "words": ([["a", "b"], ["c", "d"]], "failed (ValueError"),
    "nothing": (None, "failed (TypeError"),
}


@pytest.mark.parametrize("name", BAD_VECTORS)
def test_what_is_no_vector_is_an_error_in_words(name: str) -> None:
    given, words = BAD_VECTORS[name]

    class Bad(HashedEmbedding):
        def _get_text_embeddings(self, texts: list[str]) -> Any:
            return given

        def get_text_embedding_batch(self, texts: list[str], **_: Any) -> Any:
            return given

        def _get_query_embedding(self, query: str) -> list[float]:
            return [1.0, 0.0]

    with pytest.raises(ModelError) as error:
        LlamaIndexEmbedder(Bad(model_name="bad")).embed(["a", "b"])
    assert words in str(error.value) and str(error.value).startswith("The embedding model bad ")


def test_a_slow_embedding_is_given_up_and_nobody_asks_beside_it() -> None:
    running, gate, most = [], threading.Event(), [0]

    class Slow(HashedEmbedding):
        def _get_query_embedding(self, query: str) -> list[float]:
            running.append(query)
            most[0] = max(most[0], len(running))
            gate.wait(10)
            running.pop()
            return [1.0, 0.0]

    embedder = LlamaIndexEmbedder(Slow(), seconds=0.2)
    with pytest.raises(ModelError, match=r"took longer than 0\.2 s"):
        embedder.embed_query("a")
    with pytest.raises(ModelError, match="still busy"):
        embedder.embed_query("b")
    gate.set()
    deadline = time.monotonic() + 5
    while running and time.monotonic() < deadline:
        time.sleep(0.02)
    assert embedder.embed_query("c") == [1.0, 0.0]
    assert most == [1]


# -- in an assistant ---------------------------------------------------------------------------------------------------


def test_llm_and_embedding_of_llamaindex_make_the_answers(
    scripted: ScriptedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object) -> None:
        raise WeightsError("There are no weights here.")

    monkeypatch.setattr(loading_room, "load_model", lambda _: pytest.fail("no other model is loaded"))
    monkeypatch.setattr(loading_room, "load_embedder", missing)
    monkeypatch.setattr(loading_room, "fetch", lambda *_: pytest.fail("nothing is fetched"))
    monkeypatch.setattr(loading_room, "is_present", lambda *_: False)
    llm, embedding = ToldLLM(GOOD), HashedEmbedding(model_name="hashed")
    with open_folder(SEEDS, llm=llm, embed_model=embedding, data=tmp_path / "data") as assistant:
        final = complete(assistant.ask(QUESTION))
        assert assistant.status().model == "told, given by the program"
        assert assistant.status().problem is None
        report = assistant.report
    assert report is not None and report.embedded == sum(embedding._batches)
    assert (final.model, final.error, final.outcome) == ("told", None, "answered")
    assert final.text == "Jake Sullivan had a seven-hour meeting with Yang Jiechi in Rome."
    assert QUESTION in llm._asked[0] and final.citations[0].quote in " ".join(llm._asked[0].split())
    assert final.citations


def test_requests_are_told_apart_by_our_own_vectors_whatever_the_length_of_others(
    scripted: ScriptedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = HashEmbedder(384, "ours")
    monkeypatch.setattr(loading_room, "load_embedder", lambda *_: own)
    embedding = HashedEmbedding(dimensions=384)
    with open_folder(SEEDS, embed_model=embedding, data=tmp_path / "data", model="none") as assistant:
        networks = assistant._loader.networks
        assert networks is not None and networks.embedder is not own
        assert networks.own is own


def test_a_second_start_with_the_same_embedding_embeds_nothing(scripted: ScriptedModel, tmp_path: Path) -> None:
    settings = {"data": tmp_path / "data", "model": "none"}
    for name, embedded in (("one", True), ("one", False), ("two", True)):
        with open_folder(SEEDS, embed_model=HashedEmbedding(model_name=name), **settings) as assistant:
            assert assistant.report is not None and bool(assistant.report.embedded) == embedded


def test_an_embedding_that_is_not_there_is_told_and_words_are_searched(scripted: ScriptedModel, tmp_path: Path) -> None:
    class Gone(HashedEmbedding):
        def _get_query_embedding(self, query: str) -> list[float]:
            raise ConnectionError("no route to host")

    with open_folder(SEEDS, embed_model=Gone(model_name="gone"), data=tmp_path / "data", model="none") as assistant:
        assert "The embedding model gone failed (ConnectionError: no route to host)" in (
            assistant.status().problem or ""
        )
        assert "Jake Sullivan" in complete(assistant.ask(QUESTION)).text


def test_an_embedding_that_fails_later_fails_the_question_in_words(scripted: ScriptedModel, tmp_path: Path) -> None:
    class Falls(HashedEmbedding):
        _gone: bool = PrivateAttr(default=False)

        def _get_query_embedding(self, query: str) -> list[float]:
            if self._gone:
                raise ConnectionError("no route to host")
            return super()._get_query_embedding(query)

    embedding = Falls(model_name="falls")
    with open_folder(SEEDS, embed_model=embedding, data=tmp_path / "data", model="none") as assistant:
        embedding._gone = True
        with pytest.raises(ModelError, match="The embedding model falls failed"):
            complete(assistant.ask(QUESTION))
        embedding._gone = False
        assert "Jake Sullivan" in complete(assistant.ask(QUESTION)).text


def test_a_plugged_model_is_closed_with_the_assistant_and_settings_stay_as_they_are(
    scripted: ScriptedModel, tmp_path: Path
) -> None:
    config = load_config(articles=SEEDS, data=tmp_path / "data", model="1.5b")
    with Assistant(config, model=scripted) as assistant:
        assistant.load()
        assert scripted.warmed
    assert scripted.closed and config.model == "1.5b"


def test_a_folder_that_cannot_be_opened_leaves_no_lock(scripted: ScriptedModel, tmp_path: Path) -> None:
    class Falls(ScriptedModel):
        def warm(self, prefix: Any) -> None:
            raise ModelError("It does not start.")

    with (
        pytest.raises(ModelError),
        Assistant(load_config(articles=SEEDS, data=tmp_path / "data"), model=Falls()) as one,
    ):
        one.load()
    with open_folder(SEEDS, model="none", data=tmp_path / "data") as two:
        assert two.articles()


def test_a_completion_that_is_no_text_is_no_reply() -> None:
    broken = ToldLLM(lambda _: iter([CompletionResponse(text="", delta="A"), None]))
    with pytest.raises(ModelError, match=r"The language model told failed \(.*\): check its settings"):
        said_by(LlamaIndexModel(broken))
