"""The endpoints beside ``ask``, called and over HTTP."""

from __future__ import annotations

import json

import gradio as gr
import pytest
from fastapi.testclient import TestClient

from rag.ui.asking import BROKEN
from rag.ui.serve import create_app
from rag.ui.tellings import Tellings
from tests.fake_assistant import VOTE, FakeAssistant


def test_each_gives_the_answer_of_its_command() -> None:
    tellings = Tellings(FakeAssistant())
    assert tellings.brief()["kind"] == "overview" and tellings.brief("the bridge")["kind"] == "summary"
    assert tellings.timeline("the bridge")["kind"] == "timeline" and tellings.people()["kind"] == "people"
    assert tellings.people("Olsen")["citations"][0]["quote"] == VOTE.quote


@pytest.mark.parametrize(("about", "said"), [("nobody", "No article tells about 'nobody'."), ("crash", BROKEN)])
def test_an_error_is_one_sentence_and_tells_no_secret(about: str, said: str) -> None:
    with pytest.raises(gr.Error, match=said):
        Tellings(FakeAssistant()).timeline(about)


def test_they_are_there_over_http_and_what_is_left_out_is_everything() -> None:
    with TestClient(create_app(FakeAssistant())) as client:
        named = client.get("/gradio_api/info").json()["named_endpoints"]
        assert sorted(named) == ["/ask", "/brief", "/people", "/timeline"]
        event = client.post("/gradio_api/call/brief", json={"data": [""]}).json()["event_id"]
        stream = client.get(f"/gradio_api/call/brief/{event}").text
        reply = json.loads(stream.split("data: ")[-1].splitlines()[0])
        assert "event: complete" in stream and reply[0]["kind"] == "overview"
