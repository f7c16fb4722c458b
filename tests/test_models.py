"""The models room without weights: the line, the local model over a stub of llama.cpp, the hosted one, the scripted."""

from __future__ import annotations

import math
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from rag.config import load_config
from rag.domain import Turn
from rag.errors import ConfigError, ModelError
from rag.models import (
    HashEmbedder,
    NoEmbedder,
    Page,
    Reading,
    ScriptedModel,
    WordReader,
    check_model,
    kind_of,
    label_of,
    load_model,
    setting_of,
    weights_for,
)
from rag.models import llama as llama_room
from rag.models.base import Chunk, LanguageModel, Message, Usage
from rag.models.cores import usable_cores
from rag.models.hosted import HostedModel, estimate_tokens
from rag.models.line import Line
from rag.models.local import LocalModel
from tests import llama_stub

STUB = Path(llama_stub.__file__)
PREFIX = [Message("system", "be brief"), Message("user", "one"), Message("assistant", "two")]


def ask(text: str) -> list[Message]:
    return [*PREFIX, Message("user", text)]


def text_of(chunks: list[Chunk]) -> str:
    return "".join(chunk.text for chunk in chunks).strip()


# -- the line ----------------------------------------------------------------------------------------------------------


def test_line_serves_in_order_and_tells_each_its_place() -> None:
    line = Line()
    first, second, third = line.enter(), line.enter(), line.enter()
    assert [t.place(0.01) for t in (first, second, third)] == [1, 2, 3]
    second.leave()  # Whoever leaves the line makes the others move up.
    assert third.place(0.01) == 2
    first.leave()
    assert third.place(0.01) == 1


def test_line_with_several_seats_counts_from_the_seats() -> None:
    line = Line(seats=2)
    tickets = [line.enter() for _ in range(4)]
    assert [t.place(0.01) for t in tickets] == [1, 1, 2, 3]


def test_line_wakes_who_waits() -> None:
    line = Line()
    first, second = line.enter(), line.enter()
    threading.Timer(0.1, first.leave).start()
    began = time.monotonic()
    assert second.place(timeout=5) == 1
    assert time.monotonic() - began < 2


def test_line_passes_over_who_has_gone_without_leaving(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line()
    gone, waiting = line.enter(), line.enter()
    monkeypatch.setattr("rag.models.line.GONE_SECONDS", 0.0)
    assert waiting.place(0.01) == 1
    assert gone.place(0.01) == 2  # Comes back after all: to the end of the line.


# -- the local model, over the stub ------------------------------------------------------------------------------------


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    file = tmp_path / "log"
    file.touch()
    monkeypatch.setenv("STUB_LOG", str(file))
    monkeypatch.setattr(llama_room, "_CHILD", STUB)
    return lambda: file.read_text(encoding="utf-8").splitlines()


Load = Callable[..., LocalModel]


@pytest.fixture
def load(tmp_path: Path, log: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    made: list[LocalModel] = []

    def make(name: str = "tiny.gguf", delay: float = 0.0) -> LocalModel:
        monkeypatch.setenv("STUB_DELAY", str(delay))
        made.append(LocalModel(tmp_path / name, "identity", threads=1, cache=tmp_path / "cache"))
        return made[-1]

    yield make
    for model in made:
        model.close()


def test_local_model_streams_and_reports_its_usage(load: Load) -> None:
    model = load()
    chunks = list(model.stream(ask("alpha beta gamma"), max_tokens=2))
    assert text_of(chunks) == "alpha beta"
    assert isinstance(chunks[-1].usage, Usage)
    assert chunks[-1].usage.answer_tokens == 2
    assert chunks[-1].cut
    assert chunks[-1].usage.prompt_tokens is not None
    assert chunks[-1].usage.prompt_tokens > 10
    assert (model.name, model.local) == ("tiny", True)


def test_prefix_is_read_once_and_restored_at_the_next_start(load: Load, log: Callable[[], list[str]]) -> None:
    first = load()
    first.warm(PREFIX)
    first.close()
    second = load()
    second.warm(PREFIX)
    assert log() == ["start", "read", "action=save", "start", "action=restore"]
    usage = list(second.stream(ask("gamma"), max_tokens=5))[-1].usage
    assert usage is not None
    assert usage.prompt_tokens is not None
    assert usage.cached_tokens == usage.prompt_tokens - 5  # gamma <|im_end|> <|im_start|> assistant :


def test_another_prefix_is_not_taken_for_this_one(load: Load, log: Callable[[], list[str]]) -> None:
    load().warm(PREFIX)
    load().warm([Message("system", "be long"), *PREFIX[1:]])
    assert "action=restore" not in log()


def test_a_damaged_saved_prefix_is_read_anew(load: Load, tmp_path: Path, log: Callable[[], list[str]]) -> None:
    load().warm(PREFIX)
    saved = next((tmp_path / "cache").glob("*.kv"))
    saved.write_text("half of it", encoding="utf-8")
    load().warm(PREFIX)
    assert log()[-4:] == ["start", "action=restore", "read", "action=save"]
    assert saved.read_text(encoding="utf-8").endswith("user : ")


def test_a_saved_prefix_of_somebody_else_is_used_and_left(
    load: Load, monkeypatch: pytest.MonkeyPatch, log: Callable[[], list[str]]
) -> None:
    load().warm(PREFIX)

    def forbidden(*_: object) -> None:
        raise PermissionError("not yours")

    monkeypatch.setattr("rag.models.local.os.utime", forbidden)
    monkeypatch.setattr(Path, "unlink", forbidden)
    load().warm(PREFIX)
    assert log()[-2:] == ["start", "action=restore"]


def test_an_endpoint_alone_means_hosted() -> None:
    assert setting_of(load_config(llm_url="https://llm.example/v1", llm_model="m")) == "hosted"
    assert setting_of(load_config(llm_url="https://llm.example/v1", llm_model="m", model="0.5b")) == "0.5b"
    assert setting_of(load_config()) == "1.5b"


def test_only_a_few_prefixes_are_kept(load: Load, tmp_path: Path) -> None:
    model = load()
    for number in range(7):
        model.warm([Message("system", f"prefix {number}")])
    assert len(list((tmp_path / "cache").iterdir())) == 4


def test_waiting_callers_hear_their_place_and_are_served_in_order(load: Load) -> None:
    model = load(delay=0.1)
    first = model.stream(ask("a b c d e f"), max_tokens=9)
    assert next(first) is not None
    second = model.stream(ask("second"), max_tokens=9)
    assert next(second).place == 2
    list(first)
    chunks = list(second)
    assert text_of(chunks) == "second"
    assert chunks[-1].place is None


def test_a_waiting_caller_can_leave(load: Load) -> None:
    model = load(delay=0.1)
    first = model.stream(ask("a b c d e f"), max_tokens=9)
    next(first)
    second, third = (model.stream(ask(word), max_tokens=9) for word in ("second", "third"))
    assert (next(second).place, next(third).place) == (2, 3)
    second.close()
    assert next(third).place == 2


def test_heartbeats_come_while_the_model_is_silent(load: Load) -> None:
    model = load(delay=1.0)
    seen = [time.monotonic()]
    for _ in model.stream(ask("word"), max_tokens=1):
        seen.append(time.monotonic())
    assert len(seen) > 5
    assert max(b - a for a, b in pairwise(seen)) < 0.6  # 0.15 s; the rest is for busy machines


def test_closing_the_stream_stops_the_model(load: Load, log: Callable[[], list[str]]) -> None:
    model = load(delay=0.05)
    stream = model.stream(ask("a " * 400), max_tokens=400)
    while not next(stream).text:
        pass
    stream.close()
    began = time.monotonic()
    assert text_of(list(model.stream(ask("next"), max_tokens=5))) == "next"
    assert time.monotonic() - began < 3
    assert "stopped" in log()


def test_a_finished_reply_frees_the_line_though_nobody_listens(load: Load) -> None:
    model = load()
    abandoned = model.stream(ask("a b"), max_tokens=9)
    next(abandoned)
    assert text_of(list(model.stream(ask("next"), max_tokens=5))) == "next"


def test_a_dead_model_is_reported_and_started_again_with_its_prefix(load: Load, log: Callable[[], list[str]]) -> None:
    model = load()
    model.warm(PREFIX)
    with pytest.raises(ModelError, match="stopped"):
        list(model.stream(ask("please die"), max_tokens=5))
    assert model.count_tokens("one two three") > 0  # An estimate meanwhile.
    assert text_of(list(model.stream(ask("alive"), max_tokens=5))) == "alive"
    assert log()[-3:] == ["start", "action=restore", "chat alive"]


def test_a_prompt_that_does_not_fit_is_explained(load: Load) -> None:
    with pytest.raises(ModelError, match="do not fit into the 4096 tokens"):
        list(load().stream(ask("too long"), max_tokens=5))


def test_control_tokens_in_articles_are_broken_up(load: Load) -> None:
    model = load()
    reply = text_of(list(model.stream(ask("[1] said <|im_end|> twice"), max_tokens=9)))
    assert reply == "[ 1] said < |im_end|> twice"
    assert text_of(list(model.stream(ask("[1] a < b"), max_tokens=9))) == "[1] a < b"


def test_lone_surrogates_do_no_harm(load: Load) -> None:
    model = load()
    assert text_of(list(model.stream(ask("a\ud800b"), max_tokens=9))) == "a?b"
    assert model.count_tokens("a\ud800b") > 0


def test_count_tokens_asks_once_for_the_same_text(load: Load) -> None:
    model = load()
    assert model.count_tokens("one two three") == 3
    model._llama._post = None  # type: ignore[assignment,method-assign]
    assert model.count_tokens("one two three") == 3


def test_a_model_that_cannot_be_loaded_says_why(load: Load) -> None:
    with pytest.raises(ModelError, match=r"broken\.gguf cannot be loaded \(tensors are not within the file bounds\)"):
        load("broken.gguf")


def test_a_closed_model_says_so_and_closes_twice(load: Load) -> None:
    model = load()
    model.close()
    model.close()
    with pytest.raises(ModelError, match="closed"):
        list(model.stream(ask("word"), max_tokens=5))


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_the_child_ends_with_its_parent(tmp_path: Path, how: signal.Signals) -> None:
    script = f"""
        import sys, time
        from pathlib import Path
        from rag.models import llama
        llama._CHILD = Path({str(STUB)!r})
        server = llama.Llama(Path("tiny.gguf"), 1, Path({str(tmp_path)!r}))
        server.start()
        print(server._child.pid, flush=True)
        time.sleep(60)
    """
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert _runs(child)
    parent.send_signal(how)
    parent.wait(5)
    parent.stdout.close()
    assert _ends_within(child, 5)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def _ends_within(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not _runs(pid):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="signal-driven pipes")
def test_the_child_ends_even_while_it_loads(tmp_path: Path) -> None:
    fake = """
        import ctypes, unittest.mock
        CommonParams = unittest.mock.MagicMock
        def Server(params):
            print("loading", flush=True)
            ctypes.PyDLL(None).sleep(30)  # Holds Python's lock, as loading a model does.
    """
    (tmp_path / "xllamacpp.py").write_text(textwrap.dedent(fake))
    child = subprocess.Popen(
        [sys.executable, "-P", str(Path(llama_room.__file__).with_name("llama_child.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        text=True,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write('{"model": "m", "key": "k", "threads": 1, "context": 1, "slots": "s"}\n')
    child.stdin.flush()
    assert child.stdout.readline() == "loading\n"
    child.stdin.close()
    assert child.wait(5) != 0
    child.stdout.close()


def test_closing_while_it_loads_is_no_failure_to_load(load: Load, tmp_path: Path) -> None:
    model = load()
    model.close()
    llama = llama_room.Llama(tmp_path / "slow.gguf", 1, tmp_path)
    threading.Timer(0.5, llama.close).start()
    began = time.monotonic()
    with pytest.raises(ModelError, match="has been closed"):
        llama.start()
    assert time.monotonic() - began < 5


# -- the hosted model --------------------------------------------------------------------------------------------------


@pytest.fixture
def endpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr("rag.models.hosted._RETRIES", 0)
    server, url = llama_stub.serve("sk-secret", tmp_path)
    yield f"{url}/v1"
    server.shutdown()
    server.server_close()


def test_hosted_model_streams(endpoint: str) -> None:
    model: LanguageModel = HostedModel(endpoint, "stub-1", "sk-secret")
    chunks = list(model.stream(ask("alpha beta"), max_tokens=9))
    assert text_of(chunks) == "alpha beta"
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.answer_tokens == 2
    assert not chunks[-1].cut
    assert (model.name, model.local) == ("stub-1", False)
    model.warm(PREFIX)
    model.close()


def test_hosted_model_refuses_a_wrong_key_without_showing_it(endpoint: str) -> None:
    with pytest.raises(ModelError, match=r"refused the key \(401\): check FOOTNOTE_LLM_API_KEY") as caught:
        list(HostedModel(endpoint, "stub-1", "sk-wrong-key").stream(ask("a"), max_tokens=9))
    assert "sk-wrong" not in str(caught.value)
    assert endpoint in str(caught.value)


@pytest.mark.parametrize(
    ("status", "words"),
    [(404, "does not know the model stub-1"), (429, "too many requests"), (400, "answered 400"), (500, "answered 500")],
)
def test_hosted_failures_are_explained_without_the_key(endpoint: str, status: int, words: str) -> None:
    with pytest.raises(ModelError, match=words) as caught:
        list(HostedModel(endpoint, "stub-1", "sk-secret").stream(ask(f"teapot {status}"), max_tokens=9))
    assert "sk-secret" not in str(caught.value)


def test_hosted_model_that_is_not_there_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.models.hosted._RETRIES", 0)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://user:word@127.0.0.1:{taken.getsockname()[1]}/v1"  # Bound but not listening: refused.
        with pytest.raises(ModelError, match=r"cannot be reached.*check FOOTNOTE_LLM_URL") as caught:
            list(HostedModel(url, "stub-1").stream(ask("a"), max_tokens=9))
    assert "word@" not in str(caught.value)


def test_hosted_calls_run_side_by_side_up_to_a_limit(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llama_stub, "DELAY", 2.0)
    model = HostedModel(endpoint, "stub-1", "sk-secret")
    streams = [model.stream(ask("a b c"), max_tokens=9) for _ in range(5)]
    assert [next(stream).place for stream in streams] == [None, None, None, None, 2]
    for stream in streams:
        stream.close()


def test_token_estimate() -> None:
    assert estimate_tokens("") == 0
    assert estimate_tokens("abcd") == 1
    assert estimate_tokens("abcde") == 2
    assert estimate_tokens("é" * 4) == 2


# -- from settings to a model ------------------------------------------------------------------------------------------


def test_settings_name_the_model_and_its_weights() -> None:
    default = load_config()
    assert kind_of(default) == "pinned"
    weights = weights_for(default)
    assert weights is not None
    assert weights.file == "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
    assert label_of(default) == "Qwen2.5-Coder 1.5B, on this machine"
    assert weights_for(load_config(model="none")) is None
    assert load_model(load_config(model="none")) is None
    assert kind_of(load_config(model="some/where/Model.GGUF")) == "file"
    assert label_of(load_config(model="some/where/Model.GGUF")) == "Model, on this machine"


def test_an_endpoint_by_itself_means_hosted() -> None:
    assert kind_of(load_config(llm_url="http://h/v1", llm_model="m")) == "hosted"
    assert kind_of(load_config(llm_url="http://h/v1", llm_model="m", model="1.5b")) == "pinned"
    label = label_of(load_config(llm_url="http://me:word@h/v1?key=k", llm_model="m"))
    assert label == "m, hosted at http://h/v1"
    model = load_model(load_config(model="hosted", llm_url="http://h/v1", llm_model="m", llm_api_key="k"))
    assert isinstance(model, HostedModel)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"model": "7b"}, "no model '7b'.*1.5b, 0.5b, none, hosted"),
        ({"model": "hosted"}, "FOOTNOTE_LLM_URL"),
        ({"model": "hosted", "llm_url": "http://h/v1"}, "needs FOOTNOTE_LLM_MODEL"),
        ({"model": "hosted", "llm_url": "h:8000", "llm_model": "m"}, "begins with http"),
    ],
)
def test_settings_that_cannot_be_used(settings: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        check_model(load_config(**settings))
    with pytest.raises(ConfigError, match=words):
        load_model(load_config(**settings))


def test_gguf_paths_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"missing\.gguf cannot be read"):
        load_model(load_config(model=str(tmp_path / "missing.gguf")))
    other = tmp_path / "other.gguf"
    other.write_bytes(b"PK\x03\x04 not a model")
    with pytest.raises(ModelError, match="not a GGUF model"):
        load_model(load_config(model=str(other)))
    with pytest.raises(ModelError, match="not a GGUF model"):
        check_model(load_config(model=str(other)))


def test_the_room_imports_no_model_library() -> None:
    heavy = ["torch", "sentence_transformers", "transformers", "llama_index", "xllamacpp", "openai", "httpx"]
    script = f"import sys, rag.models; print([m for m in {heavy!r} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout.strip() == "[]"


def test_usable_cores_follow_affinity_and_quota(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    topology = tmp_path / "cpu"
    for cpu, siblings in enumerate(("0,2", "1,3", "0,2", "1,3")):
        place = topology / f"cpu{cpu}" / "topology"
        place.mkdir(parents=True)
        (place / "thread_siblings_list").write_text(siblings)
    quota = tmp_path / "cpu.max"
    monkeypatch.setattr("rag.models.cores._TOPOLOGY", topology)
    monkeypatch.setattr("rag.models.cores._CGROUP", quota)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    quota.write_text("max 100000")
    assert usable_cores() == 2  # Four threads of two cores.
    quota.write_text("100000 100000")
    assert usable_cores() == 1


# -- scripted models ---------------------------------------------------------------------------------------------------


def test_scripted_model_says_its_replies_and_remembers() -> None:
    model = ScriptedModel(["one  two, three. ", ["a", "b"], ModelError("no")])
    chunks = list(model.stream(ask("q"), max_tokens=50))
    assert "".join(chunk.text for chunk in chunks) == "one  two, three. "
    assert [chunk.text for chunk in chunks][:2] == ["one", "  two,"]
    assert chunks[-1].usage == Usage(5, 0, 5)
    assert [c.text for c in model.stream(ask("q"), max_tokens=50)] == ["a", "b", ""]
    with pytest.raises(ModelError, match="no"):
        list(model.stream(ask("q"), max_tokens=50))
    with pytest.raises(ModelError, match="no reply left for call 4"):
        list(model.stream(ask("q"), max_tokens=50))
    assert model.calls[0].messages == tuple(ask("q"))
    assert model.calls[0].max_tokens == 50


def test_scripted_model_waits_with_heartbeats_and_can_be_stopped() -> None:
    model = ScriptedModel(["one two"], delay=0.25, places=(2,))
    stream = model.stream(ask("q"), max_tokens=5)
    assert next(stream).place == 2
    assert next(stream) == Chunk()
    stream.close()
    assert model.stopped == 1


def test_scripted_model_cuts_off_at_max_tokens() -> None:
    assert text_of(list(ScriptedModel(["one two three"]).stream(ask("q"), max_tokens=2))) == "one two"


def test_hash_embedder_gives_unit_vectors_by_words() -> None:
    embedder = HashEmbedder()
    apple, pie, other = embedder.embed(["apple pie", "pie with apple", "harbour master"])
    assert embedder.embedded == 3
    assert all(math.isclose(math.hypot(*v), 1) for v in (apple, pie, other, embedder.embed_query("")))
    assert (
        sum(a * b for a, b in zip(apple, pie, strict=True))
        > 0.7
        > sum(a * b for a, b in zip(apple, other, strict=True))
    )
    assert embedder.embed_query("apple pie") == apple


def test_word_reader_counts_the_questions_longer_words() -> None:
    reader, turn = WordReader(), Turn("Who opened the harbour?", "The king.")
    page = Page("Harbour news", ("The ferries wait.", "A ferry waited at the pier.", "It rained.", "What about that?"))
    # "ferry", "wait" and "pier": two of three, three, none; log-odds from -6 to 6
    (found,) = reader.read("Which ferry waits at the pier?", None, [page])
    assert found.sentences == pytest.approx((2.0, 6.0, -6.0, -6.0)) and found.page == max(found.sentences)
    # "ferry" and the turn's "opened" and "harbour", which stands in the header: 1.5 of 3, 1.5, 0.5, 0.5
    (found,) = reader.read("And the ferry?", turn, [page])
    assert found.sentences == pytest.approx((0.0, 0.0, -4.0, -4.0))
    assert reader.read("Why?", None, [Page("", ())]) == [Reading((), -WordReader.SURE)]
    assert reader.asked[1] == ("And the ferry?", turn)


def test_no_embedder_makes_all_texts_alike() -> None:
    embedder = NoEmbedder()
    assert (embedder.fingerprint, embedder.dimensions) == ("none", 1)
    assert embedder.embed(["a", "b"]) == [[1.0], [1.0]]
    assert embedder.embed_query("a") == [1.0]
