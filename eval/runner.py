"""Runs the assistant over gold questions: a scratch library, a journal, a cache of replies. Knows no report.

A record is what became of one question: the Answer JSON with its timings flat and ``text`` as ``answer``, and with
``from_cache`` and ``evidence_tokens``. Scores are made from it afterwards, so that scoring may change.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tqdm import tqdm

from eval import provenance
from eval.cache import CachedModel
from eval.cases import Case, Reply
from eval.gold import ArticleTexts, Gold, GoldSet, load_gold
from eval.journal import Journal, digest_of
from eval.metrics import recall_at, value
from rag.answering import likeliest
from rag.assistant import Assistant, Watcher, WrapModel
from rag.config import Config, load_config
from rag.domain import Answer, Evidence, Hit
from rag.errors import ConfigError
from rag.models.base import LanguageModel
from rag.terminal import TerminalProgress

Record = dict[str, Any]
FORM = "records-1"
"""Names the form of records; another one means that no journal is taken up."""
ANSWERS, RESULTS, REPORT = "answers.jsonl", "results.json", "report.html"
_JOURNAL = "journal.jsonl"


Assemble = Callable[[Config, Watcher, WrapModel], Assistant]


@dataclass(frozen=True, slots=True)
class Order:
    """What to run. None and () mean: as the settings say, or all.

    ``replies``: where replies of the language model are kept (default: under ``out``). ``assemble`` makes what is
    asked; another one than ``Assistant`` is compared with it.
    """

    gold: Path
    out: Path
    articles: Path | None = None
    model: str | None = None
    retrieval_only: bool = False
    limit: int | None = None
    sample: int | None = None
    types: tuple[str, ...] = ()
    replies: Path | None = None
    assemble: Assemble = Assistant

    @property
    def pipeline(self) -> str:
        """Names what is asked, such as ``Assistant``."""
        return getattr(self.assemble, "__name__", "other")


@dataclass(frozen=True)
class Run:
    """What came of an order: cases and records in the order of the gold file, and what they were made with."""

    order: Order
    gold: GoldSet
    cases: tuple[Case, ...]
    records: tuple[Record, ...]
    facts: dict[str, Any] = field(repr=False)


def run(order: Order) -> Run:
    """Run every question of the order that the journal does not know yet; the journal stays until ``forget_journal``.

    Raises:
        GoldError: the gold file is wrong; nothing has been run.
        FootnoteError: the articles, the library or the model cannot be used.
    """
    config = _config(order)
    texts = ArticleTexts(config.articles)
    gold = load_gold(order.gold, texts)
    chosen = gold.select(order.types, order.limit, order.sample)
    started, began = datetime.now(UTC), time.monotonic()
    with _Asker(order, config) as asker, _journal(order, config) as journal:
        for stale in (ANSWERS, RESULTS, REPORT):  # of an earlier run: nobody shall take them for this one's
            (order.out / stale).unlink(missing_ok=True)
        records = _ask_all(chosen, asker, journal, texts)
        facts = _facts(order, config, gold, records, asker)
    facts |= {"started": started.isoformat(timespec="seconds"), "seconds": round(time.monotonic() - began, 1)}
    cases = tuple(Case(row, Reply.of(record), texts) for row, record in zip(chosen, records, strict=True))
    return Run(order, gold, cases, tuple(records), facts)


def forget_journal(order: Order) -> None:
    """Remove the journal: all that the run gave has been written."""
    (order.out / _JOURNAL).unlink(missing_ok=True)


def _config(order: Order) -> Config:
    """The settings with a library of our own: under ``out``, and never on the user's Chroma server."""
    config = load_config(articles=order.articles, data=order.out / "library", model=order.model)
    try:
        order.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"The folder {order.out} cannot be made ({error.strerror}): name another by --out.") from None
    return config.model_copy(update={"chroma_url": None})


def _journal(order: Order, config: Config) -> Journal:
    settings = {name: known for name, known in provenance.settings(config).items() if name != "threads"}
    key = digest_of(
        FORM,
        order.retrieval_only,
        order.pipeline,
        settings,
        "" if order.retrieval_only else provenance.model_identity(config),
        provenance.models(config, None),
        provenance.articles_digest(config.articles),
        provenance.code_digest(),
        provenance.versions(),
    )
    return Journal(order.out / _JOURNAL, key)


def _ask_all(chosen: Sequence[Gold], asker: _Asker, journal: Journal, texts: ArticleTexts) -> list[Record]:
    """One record a question, in order, with a bar that shows the running score and the time left."""
    known = {gold.id: record for gold in chosen if (record := journal.get(gold)) is not None}
    cases = [Case(gold, Reply.of(known[gold.id]), texts) for gold in chosen if gold.id in known]
    with tqdm(total=len(chosen), initial=len(known), unit="question", dynamic_ncols=True) as bar:
        bar.set_postfix_str(_running_score(cases))
        for gold in chosen:
            if gold.id in known:
                continue
            record = known[gold.id] = asker.ask(gold)
            if record["outcome"] != "error":  # an interrupted run tries again what failed
                journal.put(gold, record)
            cases.append(Case(gold, Reply.of(record), texts))
            bar.set_postfix_str(_running_score(cases), refresh=False)
            bar.update()
    return [known[gold.id] for gold in chosen]


def _running_score(cases: Sequence[Case]) -> str:
    judged = [case for case in cases if case.reply.judged]
    if judged:
        right = sum(bool(case.verdict.right) for case in judged)
        failed = sum(case.reply.outcome == "error" for case in judged)
        return f"right {right}/{len(judged)}" + (f", {failed} failed" if failed else "")
    found = [recall_at(case, 5) for case in cases if case.gold.quoted]
    share = value(found)
    return "" if share is None else f"recall at 5 {share:.3f}"


class _Asker:
    """A loaded assistant that turns questions into records; times of known replies are those of their first run."""

    def __init__(self, order: Order, config: Config) -> None:
        self._order = order
        self._replies = order.replies or order.out / "replies"
        self._namespace = provenance.model_identity(config)
        self.model: CachedModel | None = None
        progress = TerminalProgress()
        self.assistant = order.assemble(config, progress, self._wrap)
        try:
            self.assistant.load(with_model=not order.retrieval_only)
        except BaseException:
            self.assistant.close()
            raise
        finally:
            progress.close()

    def __enter__(self) -> _Asker:
        return self

    def __exit__(self, *_: object) -> None:
        self.assistant.close()

    def _wrap(self, model: LanguageModel) -> LanguageModel:
        self.model = CachedModel(model, self._replies, self._namespace)
        return self.model

    @property
    def language(self) -> str | None:
        """The language model's name as answers give it; None when only retrieval is run."""
        return None if self._order.retrieval_only else self.model.name if self.model else "none"

    def ask(self, gold: Gold) -> Record:
        """What became of the question; an exception is the outcome ``error``, for the question stays in the count."""
        ask = self._search if self._order.retrieval_only else self._answer
        try:
            return ask(gold)
        except Exception as error:
            return _failed(self.language, f"{type(error).__name__}: {error}")

    def _search(self, gold: Gold) -> Record:
        started = time.perf_counter()
        found = self.assistant.search(gold.question, gold.history)
        passed = (time.perf_counter() - started) * 1000
        return _failed(None, None) | {
            "outcome": None,
            "refused": None,
            "answer": None,
            "evidence": [asdict(piece) for piece in found.evidence],
            "retrieved": _ranked(found.hits),
            "likeliest": Answer("", likeliest=likeliest(found)).to_json()["likeliest"],
            "signals": {"reader": found.answers},
            "retrieval_ms": passed,
            "searched": list(found.query.searched),
            "evidence_tokens": self._tokens(found.evidence),
        }

    def _answer(self, gold: Gold) -> Record:
        if self.model is not None:
            self.model.begin()
        answer = Answer(gold.question)
        saved_at_first: float | None = None
        for answer in self.assistant.ask(gold.question, gold.history):
            if saved_at_first is None and answer.text:
                saved_at_first = self._saved_ms()
        record = _record(answer) | {"evidence_tokens": self._tokens(answer.evidence)}
        saved = self._saved_ms()
        _add(record, "first_token_ms", saved if saved_at_first is None else saved_at_first)
        _add(record, "total_ms", saved)
        record["from_cache"] = self.model is not None and self.model.from_cache
        return record

    def _saved_ms(self) -> float:
        return self.model.saved_ms if self.model is not None else 0.0

    def _tokens(self, evidence: Sequence[Evidence]) -> int:
        count: Callable[[str], int] = self.model.count_tokens if self.model is not None else _estimate
        return sum(count(piece.quote) for piece in evidence)


def _record(answer: Answer) -> Record:
    """The record of an answer. One that carries an error (the model failed half-way) has the outcome ``error``."""
    row = answer.to_json()
    del row["question"]
    timings = row.pop("timings")
    record: Record = {"answer": row.pop("text"), **row, **timings}
    return record | ({"outcome": "error", "refused": False} if record["error"] else {})


def _failed(model: str | None, error: str | None) -> Record:
    blank = _record(Answer("", model=model or ""))
    return blank | {
        "answer": "",
        "outcome": "error",
        "refused": False,
        "kind": None,
        "model": model,
        "error": error,
        "from_cache": False,
        "evidence_tokens": None,
    }


def _ranked(hits: Sequence[Hit]) -> list[dict[str, Any]]:
    ranked: list[dict[str, Any]] = Answer("", retrieved=tuple(hits)).to_json()["retrieved"]
    return ranked


def _add(record: Record, name: str, milliseconds: float) -> None:
    if record[name] is not None:
        record[name] += milliseconds


def _estimate(text: str) -> int:
    """Tokens when no model is there to count them: a quarter of the characters, as retrieval itself reckons."""
    return len(text) // 4 + 1


def _facts(order: Order, config: Config, gold: GoldSet, records: Sequence[Record], asker: _Asker) -> dict[str, Any]:
    report = asker.assistant.report
    outcomes = [record["outcome"] or "retrieval only" for record in records]
    settings = provenance.settings(config)
    return {
        "settings": settings
        | {"retrieval_only": order.retrieval_only, "pipeline": order.pipeline}
        | {name: getattr(order, name) for name in ("limit", "sample", "types")},
        "gold": {"file": gold.file.name, "sha256": gold.digest, "questions": len(gold.rows)},
        "articles": {
            "folder": config.articles.resolve().name,
            "sha256": provenance.articles_digest(config.articles),
            "count": len(asker.assistant.articles()),
            "unreadable": {bad.article: bad.reason for bad in report.unreadable} if report else {},
        },
        "models": provenance.models(config, asker.language),
        "versions": provenance.versions(),
        "git": provenance.commit(),
        "counts": {
            "questions": len(records),
            "outcomes": {name: outcomes.count(name) for name in sorted(set(outcomes))},
            "from_cache": sum(record["from_cache"] for record in records),
        },
    }
