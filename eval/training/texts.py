"""The texts that blog.jsonl asks about, made from a checkout of 18F's site. Knows git and Markdown, no question.

    git clone https://github.com/18F/18f.gsa.gov && python eval/training/texts.py 18f.gsa.gov OUT

The posts are in the public domain (CC0). What is written for each is its front matter's title, date and authors and its
running text: templates, pictures, addresses of links and emphasis are left out. The spans of questions count in these.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

COMMIT = "0a55c75e6d9bc71c80136a3867dac52356177443"
SMALLEST, LARGEST = 6_000, 16_000
"""Bytes of a post's file, exclusive: shorter ones say little, longer ones are handbooks."""
LEAST_TEXT = 4_500

_DROPPED = (
    re.compile(r"\{%.*?%\}|\{#.*?#\}", re.S),
    re.compile(r"!\[[^\]]*\]\([^)]*(?:\{\{.*?\}\})?[^)]*\)", re.S),
)
_LINK = re.compile(r"\[([^\]]*)\]\(\s*(?:\{\{.*?\}\}[^)]*|[^)]*)\)", re.S)
_MARKUP = (
    re.compile(r"\{\{.*?\}\}", re.S),
    re.compile(r"<(script|style|figure|table).*?</\1>", re.S),
    re.compile(r"<[^>]+>"),
)


def main(checkout: Path, out: Path) -> None:
    """Write every post that is neither too short nor too long."""
    out.mkdir(parents=True, exist_ok=True)
    for line in _git(checkout, "ls-tree", "-r", "-l", COMMIT).splitlines():
        details, _, path = line.partition("\t")
        size = details.split()[-1]
        if not re.search(r"posts/.*\.md", path) or not size.isdigit() or not SMALLEST < int(size) < LARGEST:
            continue
        post = _post(Path(path).name, _git(checkout, "show", f"{COMMIT}:{path}"))
        if post is not None:
            (out / Path(path).name).write_text(post, encoding="utf-8")


def _git(checkout: Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", str(checkout), *arguments], capture_output=True, text=True, check=True).stdout


def _post(name: str, source: str) -> str | None:
    """The post as an article with front matter; None when it has no title or too little text."""
    match = re.match(r"---\n(.*?)\n---\n(.*)", source, re.S)
    try:
        head: dict[str, Any] = yaml.safe_load(match[1]) if match else {}
    except yaml.YAMLError:
        return None
    text = _text(match[2]) if match else ""
    if len(text) < LEAST_TEXT or not head.get("title"):
        return None
    authors = ", ".join(str(author).replace("-", " ").title() for author in head.get("authors") or [])
    shown = {"title": str(head["title"]), "outlet": "18F", "author": authors, "date": name[:10]}
    return f"---\n{yaml.safe_dump(shown, allow_unicode=True, sort_keys=False)}---\n\n{text}\n"


def _text(body: str) -> str:
    for pattern in _DROPPED:
        body = pattern.sub("", body)
    body = _LINK.sub(r"\1", body)
    for pattern in _MARKUP:
        body = pattern.sub("", body)
    paragraphs = [p for paragraph in re.split(r"\n\s*\n", body) if (p := paragraph.strip()) and p != "---"]
    listed = re.compile(r"[-*+] |\d+\. ")
    joined = (p if listed.match(p) else re.sub(r"\s*\n\s*", " ", p) for p in paragraphs)
    return re.sub(r"\*\*|__|`", "", "\n\n".join(joined))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
