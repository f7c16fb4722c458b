"""The command line: python -m rag ask | search | brief | timeline | people | sync | list | ... (see --help).

Results on stdout, progress on stderr.

Exit 0: done, a refusal included. 1: one sentence on stderr. 2: wrong usage.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, ParamSpec, TypeVar

import typer

from rag import running
from rag.assistant import Assistant, checked_question, complete
from rag.config import Config, load_config
from rag.domain import Telling, Turn, Unreadable, told_as
from rag.errors import FootnoteError, LibraryBusy, LibraryError, ModelError, QuestionError
from rag.keys import Keys
from rag.libraries import Libraries, chosen
from rag.terminal import TerminalProgress, answer_text, say, say_json
from rag.unseen import visible

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Ask a folder of articles from the terminal.",
)
_NAMED = 5
"""Files that are named where many are passed over; the rest is counted."""
P = ParamSpec("P")
R = TypeVar("R")

Articles = Annotated[
    Path | None,
    typer.Option(help="The folder of articles, or a library's name.", show_default="the last opened, else seeds"),
]
Data = Annotated[Path | None, typer.Option(help="Where the library is kept.", show_default="data")]
Model = Annotated[str | None, typer.Option(help="1.5b, 0.5b, none, hosted, or a .gguf file.", show_default="1.5b")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def one_sentence(command: Callable[P, R]) -> Callable[P, R]:
    """Turn an error of ours into its sentence on stderr and exit 1; Ctrl-C into exit 130."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except FootnoteError as error:
            say(error, sys.stderr)
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            say("Stopped.", sys.stderr)
            raise typer.Exit(130) from None

    return run


@app.command()
@one_sentence
def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    as_json: Json = False,
    model: Model = None,
    history: Annotated[
        Path | None, typer.Option(help="A JSON file with the turns before: [{question, answer}].")
    ] = None,
    articles: Articles = None,
    data: Data = None,
) -> None:
    """Answer a question, with its sources."""
    config = _settings(articles=articles, data=data, model=model)
    turns = _read_history(history)
    checked_question(question)
    answer = _ask_here_or_there(config, question, turns, model)
    _print(answer, as_json)
    if answer["error"]:
        raise ModelError(answer["error"])


@app.command()
@one_sentence
def search(
    question: Annotated[str, typer.Argument(help="What to search for.")],
    as_json: Json = False,
    articles: Articles = None,
    data: Data = None,
) -> None:
    """Print the ranked pieces with their scores per stage."""
    with _loaded(_settings(articles=articles, data=data), with_model=False) as assistant:
        found = assistant.search(question)
    if as_json:
        say_json({"question": question, "hits": [hit.to_json() for hit in found.hits]})
        return
    if found.query.searched:
        say(f"searched also: {', '.join(found.query.searched)}")
    for rank, hit in enumerate(found.hits[:10], 1):
        stages = "  ".join(f"{stage} {score:.3f}" for stage, score in hit.scores.items())
        say(f"{rank:2}. {visible(hit.passage.id, lines=False)}\n    {stages}\n    {' '.join(hit.passage.text.split())}")


@app.command("sync")
@one_sentence
def sync_command(as_json: Json = False, articles: Articles = None, data: Data = None) -> None:
    """Bring the library up to date with the folder."""
    with _loaded(_settings(articles=articles, data=data), with_model=False) as assistant:
        report = assistant.report
    if report is None:
        raise LibraryError(assistant.status().problem or "Nothing was read anew: try again.")
    if as_json:
        say_json(asdict(report))
        return
    if report.rebuilt:
        say(report.rebuilt)
    for name in ("added", "updated", "removed", "unchanged"):
        ids: tuple[str, ...] = getattr(report, name)
        listed = f": {', '.join(visible(id, lines=False) for id in ids)}" if ids and name != "unchanged" else ""
        say(f"{name:10} {len(ids)}{listed}")
    for bad in report.unreadable:
        say(f"unreadable {visible(bad.article, lines=False)}: {bad.reason}")
    _say_passed_over(report.passed_over)


def _say_passed_over(passed_over: Sequence[Unreadable]) -> None:
    """In one line, by name and reason: what lies in the folder and is no article."""
    if not passed_over:
        return
    named = [f"{visible(one.article, lines=False)} ({one.reason.rstrip('.')})" for one in passed_over[:_NAMED]]
    more = f" and {len(passed_over) - _NAMED} more" if len(passed_over) > _NAMED else ""
    say(f"passed over {', '.join(named)}{more}")


@app.command("list")
@one_sentence
def list_command(as_json: Json = False, articles: Articles = None, data: Data = None) -> None:
    """List the articles of the library."""
    with _loaded(_settings(articles=articles, data=data), with_model=False) as assistant:
        found = assistant.articles()
        passed_over = assistant.report.passed_over if assistant.report else ()
    rows = [
        {
            "article": a.id,
            "title": a.title,
            "title_given": a.title_given,
            "outlet": a.outlet,
            "date": a.date,
            "author": a.author,
        }
        for a in found
    ]
    if as_json:
        say_json({"articles": rows, "passed_over": [asdict(one) for one in passed_over]})
        return
    for article in found:
        about = " · ".join(part for part in (article.outlet, article.date, article.author) if part)
        say(f"{visible(article.id, lines=False)}\n    {article.title}{f'  ({about})' if about else ''}")
    _say_passed_over(passed_over)


@app.command("libraries")
@one_sentence
def libraries_command(as_json: Json = False, articles: Articles = None, data: Data = None) -> None:
    """List the libraries that have a name."""
    config = _settings(articles=articles, data=data)
    known = Libraries(config.data, config.articles)
    if as_json:
        rows = [{"name": one.name, "folder": str(one.folder), "open": one.name == known.current} for one in known.all()]
        say_json({"libraries": rows})
        return
    for one in known.all():
        note = "  (open)" if one.name == known.current else "" if one.is_there else "  (its folder is gone)"
        say(f"{visible(one.name, lines=False)}{note}\n    {visible(str(one.folder), lines=False)}")
    if known.problem:
        say(known.problem, sys.stderr)


@app.command()
@one_sentence
def correct(
    article: Annotated[str, typer.Argument(help="The article, as list names it.")],
    title: Annotated[str | None, typer.Option(help="Its title.")] = None,
    outlet: Annotated[str | None, typer.Option(help="Who published it.")] = None,
    author: Annotated[str | None, typer.Option(help="Who wrote it.")] = None,
    date: Annotated[str | None, typer.Option(help="When it was published: 2022-03-14, 2022-03, 2022 or words.")] = None,
    url: Annotated[str | None, typer.Option("--link", help="Where it can be read.")] = None,
    undo: Annotated[bool, typer.Option("--as-the-file-has-it", help="Take back what was corrected before.")] = False,
    articles: Articles = None,
    data: Data = None,
) -> None:
    """Correct details of an article by hand; its file is left as it is."""
    typed = {"title": title, "outlet": outlet, "author": author, "date": date, "url": url}
    given: dict[str, str | None] = {name: value for name, value in typed.items() if value is not None}
    with _loaded(_settings(articles=articles, data=data), with_model=False) as assistant:
        assistant.correct(article, dict.fromkeys(typed) | given if undo else given)
        known = assistant.article(article)
    if known is not None:
        for name in typed:
            by_hand = "  (by hand)" if name in known.corrected else ""
            say(f"{'link' if name == 'url' else name:7} {getattr(known, name) or '-'}{by_hand}")


About = Annotated[str, typer.Argument(help="An article, a person or a topic; everything when left out.")]


@app.command()
@one_sentence
def brief(about: About = "", as_json: Json = False, articles: Articles = None, data: Data = None) -> None:
    """What the articles are about, or what one of them says."""
    _tell("brief", about, as_json, _settings(articles=articles, data=data))


@app.command()
@one_sentence
def timeline(about: About = "", as_json: Json = False, articles: Articles = None, data: Data = None) -> None:
    """What happened when."""
    _tell("timeline", about, as_json, _settings(articles=articles, data=data))


@app.command()
@one_sentence
def people(about: About = "", as_json: Json = False, articles: Articles = None, data: Data = None) -> None:
    """Who is who, or who one person is and what they say."""
    _tell("people", about, as_json, _settings(articles=articles, data=data))


def _tell(telling: Telling, about: str, as_json: bool, config: Config) -> None:
    _print(_tell_here_or_there(telling, about, config), as_json)


@app.command()
@one_sentence
def export(
    chat: Annotated[
        str, typer.Argument(help="The chat's id, as its page's address has it; last: the newest.")
    ] = "last",
    form: Annotated[str, typer.Option("--format", help="md, html, docx or json.")] = "md",
    out: Annotated[Path | None, typer.Option(help="The file to write.", show_default="the terminal")] = None,
    articles: Articles = None,
    data: Data = None,
) -> None:
    """A kept chat with its sources, as a file."""
    from rag.chats import chats_of
    from rag.export import exported, format_of
    from rag.ui.chats.papers import chat_document

    config = load_config(articles=articles, data=data)
    wanted, chats = format_of(form, to_terminal=out is None), chats_of(config.data, lambda: config.articles)
    found = chats.chat(chats.latest() if chat == "last" else chat)
    if found is None:
        raise QuestionError("There is no such chat in this data folder: its id stands in the address of its page.")
    made = exported(chat_document(found, lambda answer, _: answer, lambda _: None), wanted)
    if out is None:
        say(made.data.decode("utf-8"))
        return
    try:
        out.write_bytes(made.data)
    except OSError as error:
        raise QuestionError(f"The file {out} cannot be written ({error.strerror}): name another with --out.") from None
    say(f"Written to {out}.", sys.stderr)


@app.command()
@one_sentence
def doctor(
    repair: Annotated[bool, typer.Option("--repair", help="Make the library anew from the articles.")] = False,
    articles: Articles = None,
    data: Data = None,
    model: Model = None,
) -> None:
    """Check what Footnote needs: settings, articles, weights, disk, library."""
    from rag.doctor import examine

    config = _settings(articles=articles, data=data, model=model)
    if repair:
        _repair(config)
        return
    findings = examine(config)
    for finding in findings:
        say(f"{'ok  ' if finding.ok else 'look'}  {finding.what}: {finding.seen}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


@app.command()
@one_sentence
def mcp(articles: Articles = None, data: Data = None, model: Model = None) -> None:
    """Serve the articles as tools of other programs' models (Model Context Protocol, over stdin and stdout)."""
    from rag.ui.mcp.stdio import serve

    serve(_settings(articles=articles, data=data, model=model), model)


keys = typer.Typer(no_args_is_help=True, help="Keys for other programs, where the page has a password.")
app.add_typer(keys, name="key")


@keys.command("new")
@one_sentence
def new_key(name: Annotated[str, typer.Argument(help="What the key is for.")], data: Data = None) -> None:
    """Make a key; it is shown this once, and only its digest is kept."""
    key, token = Keys(load_config(data=data).data).make(name)
    say(f"Key {key.id} for {key.name}; it is shown this once. Programs send: Authorization: Bearer KEY", sys.stderr)
    say(token)


@keys.command("list")
@one_sentence
def list_keys(data: Data = None) -> None:
    """List the keys: id, when each was made, what it is for."""
    for key in Keys(load_config(data=data).data).all():
        say(f"{key.id}  {key.made}  {visible(key.name, lines=False)}")


@keys.command("withdraw")
@one_sentence
def withdraw_key(id: Annotated[str, typer.Argument(help="The id of a key.")], data: Data = None) -> None:
    """Withdraw a key: whoever shows it is refused from now on."""
    key = Keys(load_config(data=data).data).withdraw(id)
    say(f"The key {key.id} for {visible(key.name, lines=False)} opens nothing any more.")


def _repair(config: Config) -> None:
    from rag.doctor import repair

    progress = TerminalProgress()
    try:
        done = repair(config, progress)
    finally:
        progress.close()
    say(f"The library has been made anew from {len(done.report.added)} articles in {config.articles}.")
    if done.aside:
        say(f"The old one is in {done.aside}: delete it when you do not need it.")
    for bad in done.report.unreadable:
        say(f"unreadable {visible(bad.article, lines=False)}: {bad.reason}")


def _settings(**given: Any) -> Config:
    """The settings, with the library that is meant by its name or was last opened in the window."""
    return chosen(load_config(**given))


def _print(answer: dict[str, Any], as_json: bool) -> None:
    if as_json:
        say_json(answer)
    else:
        say(answer_text(answer))


def _loaded(config: Config, *, with_model: bool) -> Assistant:
    progress = TerminalProgress()
    assistant = Assistant(config, progress)
    try:
        assistant.load(with_model=with_model)
    except BaseException:
        assistant.close()
        raise
    finally:
        progress.close()
    return assistant


def _ask_here_or_there(config: Config, question: str, turns: list[Turn], model: str | None) -> dict[str, Any]:
    """The Answer JSON, from this process or, when the page holds the library, from the page's."""
    try:
        assistant = _loaded(config, with_model=True)
    except LibraryBusy as busy:
        return running.ask(_there(config, model, busy), question, turns)
    with assistant:
        return complete(assistant.ask(question, turns)).to_json()


def _tell_here_or_there(telling: Telling, about: str, config: Config) -> dict[str, Any]:
    """Likewise what is told by name; no language model takes part in it."""
    try:
        assistant = _loaded(config, with_model=False)
    except LibraryBusy as busy:
        return running.tell(_there(config, None, busy), telling, about)
    with assistant:
        return assistant.tell(told_as(telling, about), about).to_json()


def _there(config: Config, model: str | None, busy: LibraryBusy) -> running.Running:
    """The page that holds the library.

    Raises:
        LibraryBusy: ``busy``, where no page does.
    """
    other = running.find(config.data, config.articles, model)
    if other is None:
        raise busy
    say(f"Asking the Footnote that runs at {other.url}", sys.stderr)
    return other


def _read_history(file: Path | None) -> list[Turn]:
    if file is None:
        return []
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
        return [Turn(str(row["question"]), str(row["answer"])) for row in rows]
    except OSError as error:
        raise QuestionError(f"The history {file} cannot be read: {error.strerror}.") from None
    except (ValueError, TypeError, KeyError):
        raise QuestionError(
            f'The history {file} is not a JSON list of {{"question": ..., "answer": ...}} objects: correct it.'
        ) from None


def main() -> None:
    """Run the command line."""
    app(prog_name="python -m rag")


if __name__ == "__main__":
    main()
