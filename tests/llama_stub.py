"""Stands in for the child process with llama.cpp: same protocol on its pipes, same addresses, no model.

A token is a word, and ``<|im_end|>`` is one control token. It says the last message's words back, one every
``STUB_DELAY`` seconds, keeps the longest prompt it has read as its cache, and writes what it did to ``STUB_LOG``.
The words ``please die`` end the process, ``too long`` is refused as llama.cpp refuses what does not fit.
"""

from __future__ import annotations

import json
import os
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

DELAY = float(os.environ.get("STUB_DELAY", "0"))
LOG = os.environ.get("STUB_LOG")
STATE: dict[str, Any] = {"cache": ""}
BUSY = threading.Lock()


def note(what: str) -> None:
    if LOG:
        with open(LOG, "a", encoding="utf-8") as stream:
            stream.write(what + "\n")


def tokens(text: str, special: bool) -> list[str]:
    return re.findall(r"<\|im_end\|>|\S+" if special else r"<|im_end|>|[^\s<>]+", text)


def render(messages: list[dict[str, str]]) -> str:
    body = "".join(f"<|im_start|> {m['role']} : {m['content']} <|im_end|> " for m in messages)
    return body + "<|im_start|> assistant : "


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    key = ""
    slots = Path()

    def log_message(self, *_: Any) -> None:
        return

    def reply(self, status: int, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        self.reply(200 if self.path == "/health" else 404, {"status": "ok"})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        if self.key and self.headers.get("Authorization") != f"Bearer {self.key}":
            return self.reply(401, {"error": {"message": f"wrong key {self.headers.get('Authorization')}"}})
        path, _, query = self.path.partition("?")
        if path == "/tokenize":
            return self.reply(200, {"tokens": tokens(body["content"], body["parse_special"])})
        if path == "/apply-template":
            return self.reply(200, {"prompt": render(body["messages"])})
        if path == "/completion":
            note("read")
            STATE["cache"] = body["prompt"]
            return self.reply(200, {})
        if path == "/slots/0":
            return self.slot(query, self.slots / body["filename"])
        if path == "/v1/chat/completions":
            return self.chat(body)
        return self.reply(404, {"error": {"message": "no such address"}})

    def slot(self, query: str, file: Path) -> None:
        note(query)
        if query == "action=save":
            file.write_text(STATE["cache"], encoding="utf-8")
        else:
            STATE["cache"] = file.read_text(encoding="utf-8")
        self.reply(200, {"n_restored": len(tokens(STATE["cache"], True))})

    def chat(self, body: dict[str, Any]) -> None:
        said = body["messages"][-1]["content"]
        note(f"chat {said}")
        if "please die" in said:
            os._exit(9)
        if "too long" in said:
            error = {"message": "request exceeds the available context size", "code": 400}
            return self.reply(400, {"error": error})
        if "teapot" in said:
            return self.reply(int(re.findall(r"\d+", said)[0]), {"error": {"message": "refused, key was sk-secret"}})
        prompt = render(body["messages"])
        common = os.path.commonprefix([prompt, STATE["cache"]])  # noqa: RUF071 -- letters are meant
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        words = said.split()[: body["max_tokens"]]
        try:
            with BUSY:
                for word in words:
                    time.sleep(DELAY)
                    self.event({"choices": [{"index": 0, "delta": {"role": "assistant", "content": word + " "}}]})
        except OSError:
            note("stopped")
            self.close_connection = True
            return None
        why = "length" if len(words) < len(said.split()) else "stop"
        self.event({"choices": [{"index": 0, "delta": {}, "finish_reason": why}]})
        STATE["cache"] = prompt
        usage = {"prompt_tokens": len(tokens(prompt, True)), "completion_tokens": len(words), "total_tokens": 0}
        usage["prompt_tokens_details"] = {"cached_tokens": len(tokens(common, True))}  # type: ignore[assignment]
        self.event({"choices": [], "usage": usage})
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True
        return None

    def event(self, body: dict[str, Any]) -> None:
        whole = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "stub"} | body
        self.wfile.write(f"data: {json.dumps(whole)}\n\n".encode())
        self.wfile.flush()


def serve(key: str, slots: Path) -> tuple[ThreadingHTTPServer, str]:
    handler = type("Bound", (Handler,), {"key": key, "slots": slots})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}"


def main() -> None:
    settings = json.loads(sys.stdin.readline())
    note("start")
    if "slow" in settings["model"]:
        sys.stdin.read()
        return
    if "broken" in settings["model"]:
        print("0.00 E llama_model_load: error loading model: tensors are not within the file bounds", file=sys.stderr)
        print(json.dumps({"error": "Failed"}), flush=True)
        return
    _, url = serve(settings["key"], Path(settings["slots"]))
    print(json.dumps({"url": url}), flush=True)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
