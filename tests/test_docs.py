"""The documents are held to the truth: options, commands, the tree of the house, what ships."""

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.small import script

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def tables() -> ModuleType:
    return script("tables")


def test_the_option_table_is_the_configuration(tables: ModuleType) -> None:
    assert tables.option_table() in README


def test_the_table_of_results_is_that_of_the_baselines(tables: ModuleType) -> None:
    assert tables.results_table() in README


def test_the_example_of_env_is_the_configuration(tables: ModuleType) -> None:
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == tables.env_example()


def test_the_page_takes_the_options_of_the_table(tables: ModuleType) -> None:
    shown = subprocess.run(
        [sys.executable, "app.py", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert {f"--{name}" for name in tables.ON_THE_COMMAND_LINE} == set(re.findall(r"--\w+", shown)) - {"--help"}


@pytest.mark.parametrize("target", sorted(set(re.findall(r"make ([a-z]+)", README))))
def test_make_knows_the_targets_that_the_readme_names(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)


def test_the_command_line_has_the_commands_that_the_readme_shows() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "rag", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for command in set(re.findall(r"python -m rag (\w+)", README)):
        assert re.search(rf"\b{command}\b", shown)


@pytest.mark.parametrize(
    "document", ["README.md", "docs/api.md", "ARCHITECTURE.md", "CHANGELOG.md", "seeds/README.md", "NOTICE"]
)
def test_links_and_pictures_lead_somewhere(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#\s]+)\)", text) if "://" not in link]
    assert [link for link in links if not ((ROOT / document).parent / link).exists()] == []


def test_the_tree_of_the_house_names_every_room_and_nothing_else() -> None:
    named = set(re.findall(r"^  ([\w/.]+)", ARCHITECTURE.split("```")[1], re.M))
    rooms = {f"{p.name}/" if p.is_dir() else p.name for p in (ROOT / "rag").iterdir() if p.name != "__pycache__"}
    assert named == rooms


def test_every_file_that_architecture_points_to_exists() -> None:
    for path in re.findall(r"`((?:rag|eval|tests|docs)/[\w/.]+)`", ARCHITECTURE):
        assert (ROOT / path).exists(), path


def test_arrows_point_one_way() -> None:
    """No room imports one to its right; the page, the database and the models are known to their rooms alone."""
    order = [
        "domain",
        "errors",
        "secrets",
        "unseen",
        "wording",
        "status",
        "password",
        "kept",
        "keys",
        "quiet",
        "preferences",
        "pace",
        "config",
        "export",
        "sentences",
        "articles",
        "adding",
        "passages",
        "quotes",
        "briefs",
        "models",
        "records",
        "place",
        "chats",
        "corrections",
        "libraries",
        "unwritten",
        "seal",
        "store",
        "reading",
        "ingest",
        "retrieval",
        "answering",
        "requests",
        "examples",
        "followups",
        "watching",
        "current",
        "teller",
        "loading",
        "writing",
        "opened",
        "responding",
        "trying",
        "shelf",
        "assistant",
        "llamaindex",
        "terminal",
        "running",
        "doctor",
        "ui",
        "__main__",
    ]
    for file in (ROOT / "rag").rglob("*.py"):
        room = file.relative_to(ROOT / "rag").parts[0].removesuffix(".py")
        text = file.read_text(encoding="utf-8")
        for imported in re.findall(r"^\s*from rag\.(\w+)", text, re.M):
            assert room == "__init__" or order.index(imported) <= order.index(room), f"{file.name} imports {imported}"
        assert not re.search(r"^\s*(from|import) eval\b", text, re.M), file
        owner = {"gradio": "ui", "chromadb": "store", "torch": "models", "llama_index": "models", "xllamacpp": "models"}
        also = {("chromadb", "place"), ("llama_index", "llamaindex")}
        for library in re.findall(r"^\s*(?:from|import) (\w+)", text, re.M):
            assert owner.get(library, room) == room or (library, room) in also, f"{file} imports {library}"


def test_the_scripts_and_sheets_written_by_hand_stay_few() -> None:
    lines = {
        file.name: len(file.read_text(encoding="utf-8").splitlines())
        for file in (ROOT / "rag" / "ui" / "static").iterdir()
        if file.suffix in (".js", ".css")
    }
    assert sum(lines.values()) < 1200, lines
