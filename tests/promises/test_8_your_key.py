"""Your key appears nowhere: a canary through every failing endpoint, echoed in every form and at every offset."""

from __future__ import annotations

import base64
import html
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest

from eval.__main__ import main as evaluate
from rag import loading as loading_room
from rag.__main__ import app
from rag.assistant import Assistant, complete
from rag.config import load_config
from rag.errors import ConfigError
from rag.models import HashEmbedder, check_model, label_of, load_model, notice_of
from rag.models import llama as llama_room
from rag.models.hosted import HostedModel
from rag.models.local import LocalModel
from rag.secrets import Redactor, environment_for_children, secrets_of, shown_url
from rag.terminal import TerminalProgress
from tests import llama_stub
from tests.conftest import SEEDS, Assemble
from tests.eval_cases import ROWS, write_articles, write_gold
from tests.promises.conftest import Effort, Report
from tests.promises.endpoint import GOOD, Endpoint, Request, Response, chunk, event, failing
from tests.promises.endpoint import reply as says

KEY = "sk-Canary/7f3a+9Zq&kestrel"
PASSWORD, QUERY, STEP, FRAGMENT = "heron-word-41", "egret-query-52", "plover-step-63", "curlew-part-74"
CANARIES = (KEY, PASSWORD, QUERY, STEP, FRAGMENT)
QUESTION = "Who had a seven-hour meeting with Yang Jiechi in Rome?"


def forms(key: str) -> list[str]:
    data = key.encode()
    shifted = [base64.b64encode(b"x" * n + data + b"yz").decode() for n in range(3)]
    return [key, quote(key, safe=""), json.dumps(key), html.escape(key), data.hex(), data.hex().upper(), *shifted]


ECHOES: dict[str, Callable[[str], Response]] = {
    "error message": lambda said: failing(400, json.dumps({"error": {"message": said}})),
    "error body": lambda said: failing(500, said),
    "teapot": lambda said: failing(418, said),
    "not found": lambda said: failing(404, json.dumps({"detail": said})),
    "unauthorised": lambda said: failing(401, json.dumps({"error": {"message": f"Incorrect key: {said}"}})),
    "header": lambda said: failing(429, "{}", Retry_After=said, X_Key=said),
    "redirect": lambda said: failing(307, "", Location=f"/{said}?{said}"),
    "event": lambda said: Response([event({"error": {"message": said}})]),
    "broken event": lambda said: Response([f"data: {said}{{\n\n".encode()]),
    "content type": lambda said: Response([b"nothing"], headers={"Content-Type": f"text/{said}"}),
    "encoding": lambda said: Response([b"nothing"], headers={"Content-Encoding": said}),
    "whole reply": lambda said: says(f"YES. Jake Sullivan met Yang Jiechi {said} in Rome [1]. The key is {said}."),
    "letters": lambda said: Response(
        [*(chunk(letter) for letter in f"{GOOD} The meeting {said} was long [1]."), chunk(finish="stop")]
    ),
    "cut reply": lambda said: says(f"{GOOD} Jake Sullivan {said}", "length"),
    "silence": lambda _: Response([], status=0),
}


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint()
    yield made
    made.close()


def with_secrets(url: str) -> str:
    return f"{url.replace('http://', f'http://me:{PASSWORD}@')}/{STEP}?key={QUERY}#{FRAGMENT}"


@pytest.fixture
def hosted(assemble: Assemble, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> Assistant:
    monkeypatch.setattr(loading_room, "load_model", load_model)
    monkeypatch.setattr("rag.models.hosted._RETRIES", 0)
    settings = {"llm_url": with_secrets(endpoint.url), "llm_model": "m", "llm_api_key": KEY, "hosted_seconds": 1.0}
    return assemble(model="hosted", **settings)


def leaks(text: str, secrets: tuple[str, ...] = CANARIES) -> list[str]:
    """Forms of a secret, and runs of eight characters of one, that ``text`` holds."""
    runs = {secret[at : at + 8] for secret in secrets for at in range(len(secret) - 7)}
    whole = {form.strip('"')[4:-4] for secret in secrets for form in forms(secret)}
    return [piece for piece in runs | whole if piece in text]


def kept_in(folder: Path) -> list[str]:
    """What all files below a folder hold, Chroma's own among them."""
    return [file.read_bytes().decode("latin-1") for file in folder.rglob("*") if file.is_file()]


@pytest.mark.parametrize("where", ECHOES)
def test_an_endpoint_that_says_the_key_back_is_not_heard(
    where: str, hosted: Assistant, endpoint: Endpoint, capfd: pytest.CaptureFixture[str], effort: Effort, report: Report
) -> None:
    shown: list[str] = []
    offsets = effort(2, 60)
    tried = 0
    for secret in CANARIES:
        for form in forms(secret):
            for offset in range(0, 240, 240 // offsets) if secret == KEY and where != "silence" else (0,):
                endpoint.behave = lambda _, said="x" * offset + form: ECHOES[where](said)
                model = hosted._model
                assert isinstance(model, HostedModel)
                model._rests_until = 0.0
                last = complete(hosted.ask(QUESTION))
                shown += [json.dumps(last.to_json(), ensure_ascii=False), repr(last)]
                tried += 1
            if where == "silence":
                break
    shown += [repr(hosted.status()), repr(hosted.config), repr(hosted._model), *capfd.readouterr()]
    shown += kept_in(hosted.config.data)
    secrets = CANARIES if "repl" not in where and where != "letters" else (KEY, PASSWORD)
    assert leaks("\n".join(shown), secrets) == []
    report(echoes=tried, leaks=0)


def test_the_key_may_begin_anywhere_in_what_is_cut() -> None:
    model = HostedModel("http://h/v1", "m", KEY)
    for offset in range(400):
        for form in forms(KEY):
            error = model._explain(ValueError("x" * offset + form + "y" * 50))
            assert leaks(str(error), (KEY,)) == []
            assert error.__cause__ is None


def test_a_short_key_is_masked_and_words_are_not() -> None:
    redact = Redactor(["sk-1"])
    assert redact("the key sk-1 was refused") == "the key ... was refused"
    assert Redactor([None, ""])("as it is") == "as it is"
    assert (
        Redactor([KEY])("A kestrel was seen near the canary islands.") == "A kestrel was seen near the canary islands."
    )


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://llm.example/v1", "https://llm.example/v1"),
        (f"https://me:{PASSWORD}@llm.example:8443/api/v1?key={QUERY}#{FRAGMENT}", "https://llm.example:8443/api/v1"),
        (f"https://llm.example/{STEP}/v1/", "https://llm.example/.../v1"),
        (f"https://[llm.example/{STEP}", "..."),
    ],
)
def test_an_address_is_shown_without_what_may_be_a_key(url: str, shown: str) -> None:
    assert shown_url(url) == shown
    if shown != "...":
        assert label_of(load_config(llm_url=url, llm_model="m")) == f"m, hosted at {shown}"
    assert leaks(Redactor(secrets_of(url))(f"Failed: {url}")) == []


# -- children, processes, the evaluation -------------------------------------------------------------------------------


@pytest.fixture
def canary_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FOOTNOTE_LLM_API_KEY", "OPENAI_API_KEY", "HF_TOKEN", "SOME_SECRET", "DB_PASSWORD", "FOOTNOTE_X"):
        monkeypatch.setenv(name, KEY)


@pytest.mark.usefixtures("canary_everywhere")
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_language_model_is_not_told_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llama_room, "_CHILD", Path(llama_stub.__file__))
    model = LocalModel(tmp_path / "tiny.gguf", "identity", threads=1, cache=tmp_path / "cache")
    try:
        assert model._llama._child is not None
        process = Path(f"/proc/{model._llama._child.pid}")
        assert leaks(process.joinpath("environ").read_text() + process.joinpath("cmdline").read_text()) == []
        assert model._llama.key not in process.joinpath("cmdline").read_text()
    finally:
        model.close()


@pytest.mark.usefixtures("canary_everywhere")
def test_children_get_what_they_need_and_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://packages.example/simple")
    environment = environment_for_children(TMPDIR="/somewhere")
    assert KEY not in environment.values()
    assert environment["PIP_INDEX_URL"] == "https://packages.example/simple"
    assert (environment["PATH"], environment["TMPDIR"]) == (os.environ["PATH"], "/somewhere")


def test_every_child_is_started_without_our_environment() -> None:
    """Whoever starts a process here says with which environment."""
    root = SEEDS.parent
    for file in [*(root / "rag").rglob("*.py"), *(root / "eval").glob("*.py")]:
        text = file.read_text(encoding="utf-8")
        starts = text.count("subprocess.Popen(") + text.count("subprocess.run(")
        assert starts <= text.count("env=environment"), file


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_command_line_and_the_evaluation_do_not_write_it_down(
    scripted: object,
    endpoint: Endpoint,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    from typer.testing import CliRunner

    monkeypatch.setattr(loading_room, "load_model", load_model)
    monkeypatch.setattr("rag.models.hosted._RETRIES", 0)
    monkeypatch.setattr(loading_room, "load_embedder", lambda *_: HashEmbedder())
    monkeypatch.setenv("FOOTNOTE_LLM_API_KEY", KEY)
    monkeypatch.setenv("FOOTNOTE_LLM_URL", with_secrets(endpoint.url))
    monkeypatch.setenv("FOOTNOTE_LLM_MODEL", "m")
    processes: list[str] = []

    def behave(request: Request) -> Response:
        for process in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                processes.append(process.read_text(errors="replace"))
        if len(endpoint.asked) % 2:
            return says(f"YES. It was {KEY}, in Rome [1]. {request.headers['Authorization']}")
        return failing(500, json.dumps({"error": {"message": f"{request.headers} {request.path}"}}))

    endpoint.behave = behave
    for flags in ([], ["--json"]):
        call = ["ask", QUESTION, *flags, "--articles", str(SEEDS), "--data", str(tmp_path / "data")]
        done = CliRunner().invoke(app, call)
        assert leaks(done.output) == []
    gold, articles, out = write_gold(tmp_path / "gold.jsonl", ROWS), write_articles(tmp_path), tmp_path / "out"
    evaluate(["--articles", str(articles), "--gold", str(gold), "--out", str(out), "--limit", "2"])
    assert leaks("\n".join([*kept_in(tmp_path), *processes, *capfd.readouterr()])) == []
    assert len(endpoint.asked) >= 3


# -- a file in the working folder --------------------------------------------------------------------------------------


@pytest.fixture
def env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    monkeypatch.chdir(tmp_path)
    return lambda text: (tmp_path / ".env").write_text(text, encoding="utf-8") and None


HOSTILE = "FOOTNOTE_MODEL=hosted\nFOOTNOTE_LLM_URL=http://evil.example/v1\nFOOTNOTE_LLM_MODEL=m\n"


def test_an_address_from_a_file_gets_no_key_from_elsewhere(
    env_file: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    env_file(HOSTILE)
    monkeypatch.setenv("FOOTNOTE_LLM_API_KEY", KEY)
    for use in (check_model, load_model, label_of, notice_of):
        with pytest.raises(ConfigError, match=r"evil.example/v1 is from the file .env .* it is sent nowhere") as caught:
            use(load_config())
        assert leaks(str(caught.value)) == []
    with pytest.raises(ConfigError):
        check_model(load_config(llm_api_key=KEY))


def test_an_address_that_is_as_sure_as_the_key_gets_it(
    env_file: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    env_file(f"{HOSTILE}FOOTNOTE_LLM_API_KEY=theirs\n")
    check_model(load_config())
    monkeypatch.setenv("FOOTNOTE_LLM_URL", "https://mine.example/v1")
    monkeypatch.setenv("FOOTNOTE_LLM_API_KEY", KEY)
    check_model(load_config())
    assert notice_of(load_config()) is None
    check_model(load_config(llm_url="https://mine.example/v1", llm_api_key=KEY))


def test_an_address_from_a_file_is_told_before_the_first_question(
    env_file: Callable[[str], None], assemble: Assemble
) -> None:
    env_file(f"{HOSTILE}FOOTNOTE_LLM_API_KEY=theirs\n")
    notice = "Questions and excerpts are sent to http://evil.example/v1: so says the file .env in this folder."
    terminal = io.StringIO()
    with Assistant(load_config(articles=SEEDS), TerminalProgress(terminal)) as loading:
        loading.load()
    assert terminal.getvalue().startswith(notice)
    assistant = assemble(model=None, data=Path("other"))
    assert assistant.status().problem == notice
    env_file("FOOTNOTE_CHROMA_URL=http://evil.example:8000\n")
    assert (
        notice_of(load_config())
        == "The articles are kept at http://evil.example:8000: so says the file .env in this folder."
    )


def test_a_setting_that_cannot_be_used_is_not_shown_where_it_may_be_a_key() -> None:
    for given in ({"llm_api_key": [KEY]}, {"llm_url": {KEY: 1}}, {"chroma_url": [KEY]}):
        with pytest.raises(ConfigError) as caught:
            load_config(**given)
        assert leaks(str(caught.value)) == []
    with pytest.raises(ConfigError) as caught:
        check_model(load_config(llm_url=f"me:{PASSWORD}@host", llm_model="m"))
    assert leaks(str(caught.value)) == []


def test_git_is_not_told_the_key(canary_everywhere: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from eval import provenance

    given: list[dict[str, str]] = []
    real = subprocess.run
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: given.append(k["env"]) or real(*a, **k))
    provenance.commit()
    assert given
    assert all(KEY not in environment.values() for environment in given)
