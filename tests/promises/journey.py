"""One whole journey in extractive mode: page, terminal through the page, terminal, evaluation. Says how far it came.

Run by test_3_nothing_leaves.py, in a network namespace of its own where there is one.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
QUESTION = "Who met Yang Jiechi in Rome, and for how long?"
UP, GET_FLAGS, SET_FLAGS = 0x1, 0x8913, 0x8914


def raise_loopback() -> None:
    """A new network namespace begins with its loopback down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        request = struct.pack("16sh22x", b"lo", 0)
        flags = struct.unpack("16sh22x", fcntl.ioctl(handle, GET_FLAGS, request))[1]
        fcntl.ioctl(handle, SET_FLAGS, struct.pack("16sh22x", b"lo", flags | UP))


def no_way_out() -> int:
    """Packets of this namespace that found no route, of whatever process."""
    names, figures = [
        line.split() for line in Path("/proc/net/snmp").read_text().splitlines() if line.startswith("Ip:")
    ]
    six = dict(line.split() for line in Path("/proc/net/snmp6").read_text().splitlines())
    return int(figures[names.index("OutNoRoutes")]) + int(six.get("Ip6OutNoRoutes", 0))


def python(*arguments: str) -> str:
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise SystemExit(f"{arguments}: {done.stdout}{done.stderr}")
    return done.stdout


def begin_page(data: str) -> tuple[subprocess.Popen[bytes], str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    page = subprocess.Popen(
        [sys.executable, "app.py", "--model", "none", "--data", data, "--port", port],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return page, f"http://127.0.0.1:{port}"


def through_http(url: str) -> dict[str, object]:
    """What a browser would ask for, and a question."""
    deadline = time.monotonic() + 120
    with httpx.Client(base_url=url, timeout=120, trust_env=False) as client:
        while True:
            try:
                client.get("/").raise_for_status()
                break
            except httpx.ConnectError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        for path in ("/config", "/theme.css", "/articles", "/footnote/footnote.css"):
            client.get(path).raise_for_status()
        while not client.get("/api/v1/status").raise_for_status().json()["ready"]:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        for path in ("/api", "/api/v1/articles", "/api/v1/search?q=Rome", "/v1/models"):
            client.get(path).raise_for_status()
        client.post(
            "/v1/chat/completions", json={"messages": [{"role": "user", "content": QUESTION}]}
        ).raise_for_status()
        tools = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/call",
            "params": {"name": "list_articles", "arguments": {}},
        }
        client.post("/mcp", json=tools, headers={"Accept": "application/json, text/event-stream"}).raise_for_status()
        event = client.post("/gradio_api/call/ask", json={"data": [QUESTION, []]}).json()["event_id"]
        said = client.get(f"/gradio_api/call/ask/{event}").text
    found: dict[str, object] = json.loads(said.split("event: complete\ndata: ")[1].splitlines()[0])[0]
    return found


def main() -> None:
    folder, is_alone = Path(sys.argv[1]), sys.argv[2] == "yes"
    if is_alone:
        raise_loopback()
    data, steps = str(folder / "data"), []
    page, url = begin_page(data)
    try:
        if through_http(url)["text"]:
            steps.append("page")
        if json.loads(python("-m", "rag", "ask", QUESTION, "--json", "--data", data, "--model", "none"))["text"]:
            steps.append("terminal through page")
    finally:
        page.send_signal(signal.SIGTERM)
        page.wait(20)
    if json.loads(python("-m", "rag", "ask", QUESTION, "--json", "--data", data, "--model", "none"))["text"]:
        steps.append("terminal")
    out = folder / "eval"
    gold = "eval/gold/dev.jsonl"
    python("-m", "eval", "--gold", gold, "--out", str(out), "--model", "none", "--limit", "2")
    if len((out / "answers.jsonl").read_text(encoding="utf-8").splitlines()) == 2:
        steps.append("evaluation")
    print(json.dumps({"steps": steps, "no_way_out": no_way_out() if is_alone else None}))


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    main()
