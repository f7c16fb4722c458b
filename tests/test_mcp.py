"""The tools of the Model Context Protocol, asked by its own client: over HTTP, and over stdio in both ways."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from rag import running
from rag.running import Running
from rag.store import LibraryLock
from tests.conftest import SEEDS
from tests.fake_assistant import BY_ID, EXAMPLES, HOSTILE, NOWHERE, SCRIPT, TRAMS, VOTE, FakeAssistant
from tests.promises.page import Served, served

ROOT = Path(__file__).resolve().parent.parent
TOOLS = {"ask", "search", "read_article", "list_articles", "brief"}
Talk = Callable[[Client], Awaitable[None]]


@pytest.fixture(scope="module")
def assistant() -> FakeAssistant:
    return FakeAssistant(pause=0.002)


@pytest.fixture(scope="module")
def site(assistant: FakeAssistant) -> Iterator[Served]:
    with served(assistant) as page:
        yield page


def over_http(site: Served, talk: Talk, mode: str = "auto") -> None:
    async def go() -> None:
        async with Client(f"{site.url}/mcp", mode=mode) as client:
            await talk(client)

    asyncio.run(go())


def text_of(result: Any) -> str:
    return str(result.content[0].text)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_client_finds_the_tools_and_gets_an_answer(mode: str, site: Served) -> None:
    async def talk(client: Client) -> None:
        listed = (await client.list_tools()).tools
        assert {tool.name for tool in listed} == TOOLS
        assert all("untrusted content" in (tool.description or "") for tool in listed)
        assert all(tool.annotations is not None and tool.annotations.read_only_hint for tool in listed)
        result = await client.call_tool("ask", {"question": EXAMPLES[0]})
        assert not result.is_error and result.structured_content == SCRIPT[EXAMPLES[0]].to_json()
        assert "[1] harbour/old bridge #1.txt: “The vote was eleven to four.”" in text_of(result)
        link = result.content[1]
        assert link.type == "resource_link" and link.description == VOTE.quote
        page = httpx.get(link.uri, trust_env=False)
        assert page.status_code == 200 and VOTE.quote in page.text

    over_http(site, talk, mode)


def test_each_tool_gives_text_and_a_value(site: Served, assistant: FakeAssistant) -> None:
    async def talk(client: Client) -> None:
        found = await client.call_tool("search", {"question": "vote", "most": 1})
        (hit,) = found.structured_content["hits"]
        assert BY_ID[hit["article"]].text[hit["start"] : hit["end"]] == hit["text"] == VOTE.quote
        assert VOTE.quote in text_of(found) and len(found.content) == 2
        listed = await client.call_tool("list_articles", {})
        assert [one["article"] for one in listed.structured_content["articles"]] == list(BY_ID)
        part = await client.call_tool("read_article", {"article": "trams.txt", "start": 5, "end": 30})
        assert part.structured_content["text"] == TRAMS[5:30] and TRAMS[5:30] in text_of(part)
        told = await client.call_tool("brief", {"kind": "timeline"})
        assert told.structured_content["kind"] == "timeline"
        refused = await client.call_tool("ask", {"question": NOWHERE})
        assert not refused.is_error and text_of(refused).startswith("The articles do not say.")
        history = [{"question": "q", "answer": "a"}]
        await client.call_tool("ask", {"question": EXAMPLES[0], "history": history, "articles": ["trams.txt"]})
        assert assistant.within.articles == ("trams.txt",) and assistant.calls[-1][1][0].question == "q"

    over_http(site, talk)


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("ask", {}, "The field question cannot be used: field required."),
        ("ask", {"question": 7}, "The field question cannot be used"),
        ("ask", {"question": "q", "history": [{"question": "q", "answer": "a" * 25_000}]}, "25,001 characters"),
        ("ask", {"question": "x" * 1001}, "has 1001 characters"),
        ("ask", {"question": "crash"}, "Something went wrong while answering"),
        ("brief", {"about": "crash"}, "Something went wrong while answering"),
        ("brief", {"kind": "secrets"}, "The field kind cannot be used"),
        ("brief", {"about": "nobody"}, "No article tells about 'nobody'."),
        ("search", {"question": "q", "most": 10_000}, "The field most cannot be used"),
        ("read_article", {"article": "../../etc/passwd"}, "The library holds no such article"),
        ("read_article", {"article": "trams.txt", "start": 9_999}, "the article has 356 characters"),
        ("list_articles", {"x": 1}, "The field x cannot be used"),
        ("sync", {}, "There is no tool of this name"),
    ],
)
def test_an_error_is_a_result_in_one_sentence(tool: str, arguments: dict[str, Any], said: str, site: Served) -> None:
    async def talk(client: Client) -> None:
        result = await client.call_tool(tool, arguments)
        assert result.is_error and said in text_of(result) and "secret detail" not in text_of(result)
        assert result.structured_content == {"error": text_of(result)}

    over_http(site, talk)


def test_no_article_can_end_the_lines_that_mark_it(site: Served) -> None:
    async def talk(client: Client) -> None:
        fences = set()
        for _ in range(2):
            text = text_of(await client.call_tool("read_article", {"article": "hostile.txt"}))
            assert "untrusted content" in text.splitlines()[1]
            fence = re.findall(r"^<articles ([0-9a-f]{12})>$", text, re.M)
            assert text.endswith(f"</articles {fence[0]}>") and text.count(fence[0]) == 2 and HOSTILE in text
            fences.add(fence[0])
        assert len(fences) == 2
        hidden = text_of(await client.call_tool("ask", {"question": "a \u202e turned \U000e0041 word"}))
        assert "\u202e" not in hidden and "[U+202E]" in hidden and "\U000e0041" not in hidden

    over_http(site, talk)


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"[]", b"{}", b'{"jsonrpc": "2.0", "id": 1}', b"\xff"])
def test_what_is_not_the_protocol_is_refused(body: bytes, site: Served) -> None:
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    reply = httpx.post(f"{site.url}/mcp", content=body, headers=headers, trust_env=False)
    assert 400 <= reply.status_code < 500
    assert httpx.get(f"{site.url}/mcp", trust_env=False).status_code == 405
    assert httpx.delete(f"{site.url}/mcp", trust_env=False).status_code == 405


def _stdio(tmp_path: Path) -> StdioServerParameters:
    command = ["mcp", "--model", "none", "--articles", str(SEEDS), "--data", str(tmp_path / "data")]
    return StdioServerParameters(
        command=sys.executable,
        args=["-m", "tests.promises.scripted_rag", json.dumps([command])],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
    )


def over_stdio(tmp_path: Path, talk: Talk) -> None:
    async def go() -> None:
        with open(tmp_path / "stderr", "w", encoding="utf-8") as errors:
            async with Client(stdio_client(_stdio(tmp_path), errlog=errors)) as client:
                await talk(client)

    asyncio.run(asyncio.wait_for(go(), 200))


def test_over_stdio_the_library_is_opened_and_asked(tmp_path: Path) -> None:
    async def talk(client: Client) -> None:
        assert {tool.name for tool in (await client.list_tools()).tools} == TOOLS
        listed = (await client.call_tool("list_articles", {})).structured_content["articles"]
        assert len(listed) == 5
        result = await client.call_tool("ask", {"question": "Who had a seven-hour meeting with Yang Jiechi in Rome?"})
        assert not result.is_error and "Yang Jiechi" in text_of(result)
        whole = (await client.call_tool("read_article", {"article": listed[0]["article"]})).structured_content
        assert whole["text"]
        assert all(link.uri.startswith("footnote://library/articles/") for link in result.content[1:])

    over_stdio(tmp_path, talk)
    with LibraryLock(tmp_path / "data"):
        pass  # It has been given back.


def test_over_stdio_the_running_app_is_asked(tmp_path: Path, site: Served) -> None:
    running.announce(tmp_path / "data", Running(site.url, str(SEEDS.resolve()), "none"))

    async def talk(client: Client) -> None:
        result = await client.call_tool("ask", {"question": EXAMPLES[0]})
        assert result.structured_content == SCRIPT[EXAMPLES[0]].to_json()
        assert result.content[1].uri.startswith(f"{site.url}/articles/")
        assert (await client.call_tool("read_article", {"article": "nowhere"})).is_error
        assert "eleven to four" in text_of(await client.call_tool("search", {"question": "vote"}))
        assert len((await client.call_tool("list_articles", {})).structured_content["articles"]) == 3
        assert (await client.call_tool("brief", {"about": "nobody"})).is_error
        running.withdraw(tmp_path / "data")
        gone = await client.call_tool("list_articles", {})
        assert gone.is_error and "is in use by another Footnote" in text_of(gone)

    with LibraryLock(tmp_path / "data"):
        over_stdio(tmp_path, talk)
