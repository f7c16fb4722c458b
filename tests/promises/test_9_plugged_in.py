"""Promise 9 for LlamaIndex's LLMs: whatever a plugged-in model does, it becomes no false answer and no false refusal.

And promise 8: the key that it holds is in nothing that is shown.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.base.llms.types import CompletionResponse
from pydantic import SecretStr

from rag.answering import MAX_ANSWER_TOKENS, STANDS_IN
from rag.assistant import Assistant, complete
from rag.config import load_config
from rag.domain import Answer
from rag.errors import ModelError
from rag.llamaindex import FootnoteQueryEngine, LlamaIndexEmbedder, LlamaIndexModel
from rag.llamaindex.keys import keys_of
from rag.models import ScriptedModel
from tests.conftest import SEEDS
from tests.plugged import GOOD, Behave, HashedEmbedding, ToldLLM, endless, words

QUESTION = "Who had a seven-hour meeting with Yang Jiechi in Rome?"
FACT = "US National Security Adviser Jake Sullivan had a seven-hour meeting"
SECONDS = 2.0


def raising(error: BaseException, after: str = "") -> Behave:
    def say(_: str) -> Iterator[CompletionResponse]:
        if after:
            yield CompletionResponse(text="", delta=after)
        raise error

    return say


def silent(after: str = "") -> Behave:
    def say(_: str) -> Iterator[CompletionResponse]:
        if after:
            yield CompletionResponse(text="", delta=after)
        time.sleep(6)
        yield CompletionResponse(text="", delta="late")

    return say


def giving(*things: Any) -> Behave:
    return lambda _: iter(things)


HTML = "<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>"
FAILURES: dict[str, tuple[Behave, str]] = {
    "empty": (giving(), "sent no words"),
    "empty pieces": (giving(*[CompletionResponse(text="", delta="")] * 9), "sent no words"),
    "only white space": (words(" \n "), "sent no words"),
    "html": (words(HTML), "nothing that can be used"),
    "json": (words('{"error": {"message": "overloaded"}}'), "nothing that can be used"),
    "only a verdict": (words("YES."), "nothing that can be used"),
    "raises": (raising(RuntimeError("overloaded")), "failed (RuntimeError: overloaded)"),
    "raises after words": (raising(OSError("gone"), "YES. Jake Sullivan met Xi Jinping [1]. And "), "failed (OSError"),
    "raises a timeout of its own": (raising(TimeoutError("read timed out")), "failed (TimeoutError: read timed out)"),
    "raises without a word": (raising(ValueError()), "failed (ValueError)"),
    "raises a long page": (raising(RuntimeError(HTML * 10_000)), "failed (RuntimeError"),
    "wants to end the process": (raising(SystemExit(3)), "failed (SystemExit: 3)"),
    "gives no responses": (giving("a string", 1, None), "failed ("),
    "silent": (silent(), f"took longer than {SECONDS:g} s"),
    "silent after a word": (silent("YES. Nobody"), f"took longer than {SECONDS:g} s"),
    "endless nothing": (endless(""), f"took longer than {SECONDS:g} s"),
    "a letter now and then": (endless("a", pause=0.3), f"took longer than {SECONDS:g} s"),
}


@pytest.fixture
def llm() -> ToldLLM:
    return ToldLLM()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One library for all of them, so that the articles are read once."""
    return tmp_path_factory.mktemp("plugged") / "data"


@pytest.fixture
def assistant(llm: ToldLLM, scripted: ScriptedModel, data: Path) -> Iterator[Assistant]:
    config = load_config(articles=SEEDS, data=data)
    with Assistant(config, model=LlamaIndexModel(llm, seconds=SECONDS)) as made:
        made.load()
        yield made


def timed(assistant: Assistant) -> tuple[Answer, float]:
    began = time.monotonic()
    return complete(assistant.ask(QUESTION)), time.monotonic() - began


@pytest.mark.parametrize("name", FAILURES)
def test_a_failing_model_is_told_and_the_articles_answer(name: str, assistant: Assistant, llm: ToldLLM) -> None:
    llm._behave, said = FAILURES[name]
    final, seconds = timed(assistant)
    assert final.error is not None
    assert said in final.error and final.error.endswith(STANDS_IN) and len(final.error) < 500
    assert not final.refused
    assert final.text.startswith(FACT)
    assert seconds < SECONDS + 4
    assert not assistant._model._line.tickets, "the place is freed"  # type: ignore[union-attr]
    llm._behave = words(GOOD)
    assert timed(assistant)[0].error is None


@pytest.mark.parametrize("piece", ["Jake Sullivan met Yang Jiechi in Rome [1]. ", ".", "a", "not. ", "x" * 10**6])
def test_an_endless_reply_is_cut(piece: str, assistant: Assistant, llm: ToldLLM) -> None:
    taken = 0

    def say(_: str) -> Iterator[CompletionResponse]:
        nonlocal taken
        while True:
            taken += len(piece)
            yield CompletionResponse(text="", delta=piece)

    llm._behave = say
    final, seconds = timed(assistant)
    assert final.stopped or final.error or final.refused
    assert seconds < SECONDS + 4
    assert taken <= MAX_ANSWER_TOKENS * 12 + 3 * len(piece)


def test_models_that_hang_for_ever_are_not_piled_up(assistant: Assistant, llm: ToldLLM) -> None:
    llm._behave = silent()
    assistant._model._seconds = 0.2  # type: ignore[union-attr]
    errors = [timed(assistant)[0].error or "" for _ in range(5)]
    assert all("took longer than 0.2 s" in error for error in errors[:4])
    assert "has not ended 4 requests that nobody waits for any more" in errors[4]


# -- its key -----------------------------------------------------------------------------------------------------------

KEY = "sk-canary-0123456789abcdef"
HEADER = "Bearer hdr-canary-fedcba987654"
PASSWORD = "pw-canary-5f4dcc3b5aa765"
AROUND = "env-canary-d61d8327deb882"
SECRETS = (KEY, HEADER.split()[1], PASSWORD, AROUND)


@pytest.fixture
def keyed(llm: ToldLLM, monkeypatch: pytest.MonkeyPatch) -> ToldLLM:
    monkeypatch.setenv("OTHER_SERVICE_API_KEY", AROUND)
    llm.api_key, llm.default_headers = KEY, {"Authorization": HEADER}
    llm.api_base = f"https://user:{PASSWORD}@host.example/v1"
    return llm


def test_a_key_that_an_llm_cries_out_is_in_nothing_that_is_shown(
    keyed: ToldLLM,
    scripted: ScriptedModel,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    model = LlamaIndexModel(keyed, seconds=SECONDS)
    cries = " ".join(f"{'pad' * n}{secret}" for n, secret in enumerate(SECRETS))
    shown: list[object] = [repr(model)]
    with Assistant(load_config(articles=SEEDS, data=tmp_path / "data"), model=model) as assistant:
        assistant.load()
        engine = FootnoteQueryEngine(assistant)
        for behave in (raising(RuntimeError(cries)), raising(RuntimeError(cries), "YES. Jake"), words(f"YES. {KEY}.")):
            keyed._behave = behave
            shown += [json.dumps(one.to_json()) for one in assistant.ask(QUESTION)]
            response = engine.query(QUESTION)
            shown += [str(response), json.dumps(response.metadata), repr(response)]
        shown += [repr(engine), repr(assistant), assistant.status()]
    shown += [caplog.text, *capfd.readouterr()]
    told = "\n".join(map(str, shown))
    for secret in SECRETS:
        for at in range(len(secret) - 8):
            assert secret[at : at + 9] not in told
    for file in (tmp_path / "data").rglob("*"):
        if file.is_file():
            assert not any(secret.encode() in file.read_bytes() for secret in SECRETS)


@pytest.mark.parametrize("pad", [" ", KEY, f"{KEY} "])
def test_no_front_of_a_key_is_left_where_a_long_error_is_cut(pad: str, keyed: ToldLLM) -> None:
    model = LlamaIndexModel(keyed)
    for length in range(20_000 - 40, 20_000):
        keyed_error = RuntimeError("x" + (pad * 20_000)[:length] + KEY)
        said = model._clean(keyed_error)
        assert not any(KEY[:size] in said for size in range(3, len(KEY))), said
        if length > 20_000 - 37:
            break


def test_an_llm_that_does_not_know_its_own_size_has_a_name() -> None:
    class Unknown(ToldLLM):
        model: str = "a-new-one"

        @property
        def metadata(self) -> Any:
            raise ValueError("Unknown model 'a-new-one'.")

    assert LlamaIndexModel(Unknown()).name == "a-new-one"


def test_an_error_has_no_cause_that_holds_a_key(keyed: ToldLLM) -> None:
    keyed._behave = raising(RuntimeError(KEY))
    with pytest.raises(ModelError) as error:
        list(LlamaIndexModel(keyed).stream([], max_tokens=50))
    assert error.value.__cause__ is None and error.value.__suppress_context__


def test_a_key_in_pieces_is_found_together(keyed: ToldLLM) -> None:
    pieces = [KEY[at : at + 3] for at in range(0, len(KEY), 3)]
    keyed._behave = giving(*(CompletionResponse(text="", delta=piece) for piece in ["The key is ", *pieces, "."]))
    said = "".join(chunk.text for chunk in LlamaIndexModel(keyed).stream([], max_tokens=50))
    assert said == "The key is ...."


def test_an_embedding_model_keeps_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    class Cries(HashedEmbedding):
        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            raise RuntimeError(f"401 for key {KEY}")

    embedder = LlamaIndexEmbedder(Cries(api_key=KEY, model_name="cries"))
    with pytest.raises(ModelError) as error:
        embedder.embed(["a"])
    assert str(error.value) == (
        "The embedding model cries failed (RuntimeError: 401 for key ...): check its settings, or ask again."
    )
    assert KEY not in embedder.fingerprint + repr(embedder)


def test_keys_are_found_where_classes_keep_them() -> None:
    class Holder:
        def __init__(self) -> None:
            self.aws_secret_access_key = KEY
            self._client = {"headers": [{"x-api-key": "in-a-list-0123456789"}]}
            self.token = SecretStr("a-secret-of-pydantic")
            self.api_base = "https://host/v1?key=in-the-address"
            self.max_tokens, self.tokenizer, self.model_name = 5, "gpt2-tokenizer", "a-model-name"
            self.itself = self

    found = keys_of(Holder())
    assert {KEY, "in-a-list-0123456789", "a-secret-of-pydantic", "in-the-address"} <= set(found)
    assert not {"gpt2-tokenizer", "a-model-name"} & set(found)
