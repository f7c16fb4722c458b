"""The evaluation's command line: python -m eval [run] | check | compare | gate | from-feedback.

Results on stdout, progress on stderr.

    python -m eval --articles DIR --gold FILE --out DIR [--retrieval-only] [--model M] [--limit N] [--types T ...]
    python -m eval check GOLD --articles DIR
    python -m eval compare A B
    python -m eval gate OUT [--gate FILE]
    python -m eval from-feedback --data DIR --out FILE [--articles DIR]

How fast answers come is measured by python -m eval.speed, what the residue rules mark by python -m eval.residue.
Exit 0: done. 1: one sentence on stderr, or a gate that does not hold. 2: wrong usage.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.config import load_config
from rag.errors import ConfigError, FootnoteError

if TYPE_CHECKING:
    from eval.runner import Assemble

_HEADLINES = (
    "accuracy", "requests.right", "requests.taken_for_something_else", "refusal.f1", "refusal.wrongly_refused",
    "citations.precision", "citations.recall", "citations.resolve", "citations.verbatim", "retrieval.recall_at.5",
    "retrieval.recall_at.10", "retrieval.recall_in_budget", "reading.sentence_at.1",
    "reading.sentence_at.3", "reading.sentence_at.6", "reading.auroc", "refusal.auroc",
    "retrieval_articles_only.recall_at.10", "fact_retrieval.hits_at_4", "fact_retrieval.hits_at_10",
    "fact_retrieval.mrr_at_10", "fact_retrieval.all_at_10", "fact_retrieval.widened.hits_at_4",
    "fact_retrieval.widened.hits_at_10", "fact_retrieval.widened.mrr_at_10", "fact_retrieval.widened.all_at_10",
)  # fmt: skip


def main(argv: Sequence[str] | None = None, assemble: Assemble | None = None) -> int:
    """Run one command; the exit status. ``assemble`` makes what is asked (default: the assistant itself)."""
    given = list(sys.argv[1:] if argv is None else argv)
    verb = given.pop(0) if given and given[0] in _VERBS else "run"
    prepare, act = _VERBS[verb]
    try:
        return int(act(argparse.Namespace(**vars(prepare().parse_args(given)), assemble=assemble)))
    except FootnoteError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        about = f" {error.filename}" if error.filename else ""
        print(f"The disk refuses{about} ({error.strerror or error}): make room, then try again.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        again = "; the same command goes on where it stopped" if verb == "run" else ""
        print(f"Stopped{again}.", file=sys.stderr)
        return 130


# -- run ---------------------------------------------------------------------------------------------------------------


def _run_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m eval",
        description="Score the assistant on gold questions. Other commands: check, compare, gate.",
    )
    parser.add_argument("--gold", type=Path, required=True, help="the gold questions, one JSON object a line")
    parser.add_argument("--out", type=Path, required=True, help="where results, library and kept replies go")
    parser.add_argument("--articles", type=Path, help="the folder of articles (default: seeds)")
    parser.add_argument("--retrieval-only", action="store_true", help="measure finding; loads no language model")
    parser.add_argument("--model", help="1.5b, 0.5b, none, hosted, or a .gguf file (default: 1.5b)")
    parser.add_argument("--limit", type=_positive, help="only the first N questions (of the types)")
    parser.add_argument("--sample", type=_positive, help="N questions spread over types and file, always the same")
    parser.add_argument("--types", nargs="+", default=[], help="only questions of these types")
    parser.add_argument("--replies", type=Path, help="where replies of the model are kept (default: OUT/replies)")
    parser.add_argument("--json", action="store_true", help="print results.json instead of the table")
    return parser


def _run(given: argparse.Namespace) -> int:
    from eval import report, results, runner

    order = runner.Order(
        gold=given.gold,
        out=given.out,
        articles=given.articles,
        model=given.model,
        retrieval_only=given.retrieval_only,
        limit=given.limit,
        sample=given.sample,
        types=tuple(name for words in given.types for name in words.split(",") if name),
        replies=given.replies,
        **({"assemble": given.assemble} if given.assemble else {}),
    )
    run = runner.run(order)
    found = results.results(run)
    page = report.write(run, found)
    results.write(run, found)
    runner.forget_journal(order)
    print(json.dumps(found, ensure_ascii=False, indent=2) if given.json else _table(found["summary"]))
    failed = found["run"]["counts"]["outcomes"].get("error", 0)
    if failed:
        print(f"{failed} questions ended in an error; they count as wrong: see {page}.", file=sys.stderr)
    print(f"Every question is in {page}", file=sys.stderr)
    return 0


def _table(summary: Mapping[str, Any]) -> str:
    from eval.results import leaf

    lines: list[str] = []
    by_type = [f"{table}.{name}" for table in ("by_type", "requests.by_type") for name in leaf(summary, table) or ()]
    for name in (*_HEADLINES, *by_type):
        found = leaf(summary, name)
        if found is None or found["value"] is None:
            continue
        bounds = "" if found["low"] is None else f"  [{found['low']:.3f}, {found['high']:.3f}]"
        lines.append(f"{name:38} {found['value']:.3f}{bounds:18}  n {found['n']}")
    for name, cost in summary["cost"].items():
        if cost["n"]:
            lines.append(f"{name:38} p50 {cost['p50']:,.0f}  p95 {cost['p95']:,.0f}  n {cost['n']}")
    return "\n".join(lines)


# -- check, compare, gate ----------------------------------------------------------------------------------------------


def _check_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eval check", description="Check gold questions against articles.")
    parser.add_argument("gold", type=Path, help="the gold questions, one JSON object a line")
    parser.add_argument("--articles", type=Path, help="the folder of articles (default: seeds)")
    return parser


def _check(given: argparse.Namespace) -> int:
    from eval.gold import ArticleTexts, load_gold

    gold = load_gold(given.gold, ArticleTexts(load_config(articles=given.articles).articles))
    docs = {piece.doc for row in gold.rows for piece in (*row.evidence, *row.alt_evidence)}
    docs |= {doc for row in gold.rows if row.request for doc in row.request.cite}
    requests = sum(row.request is not None for row in gold.rows)
    of_them = f" ({requests:,} of them requests)" if requests else ""
    print(f"{given.gold}: {len(gold.rows):,} questions{of_them}, evidence in {len(docs):,} articles; no errors")
    for name, count in Counter(row.type for row in gold.rows).most_common():
        print(f"  {name:24} {count:,}")
    return 0


def _compare_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eval compare", description="Compare two runs by question.")
    parser.add_argument("first", metavar="A", type=Path, help="the folder of a run")
    parser.add_argument("second", metavar="B", type=Path, help="the folder of another run; differences are B minus A")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _compare(given: argparse.Namespace) -> int:
    from eval.compare import as_text, compare

    found = compare(given.first, given.second)
    print(json.dumps(found.to_json(), ensure_ascii=False, indent=2) if given.json else as_text(found))
    return 0


def _gate_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eval gate", description="Refuse a run that is below a floor.")
    parser.add_argument("out", type=Path, help="the folder of a run, or its results.json")
    parser.add_argument(
        "--gate", type=Path, help="the floors (default: eval/gate.toml; for news questions eval/gate-news.toml)"
    )
    return parser


def _gate(given: argparse.Namespace) -> int:
    from eval.gate import check

    findings = check(given.out, given.gate)
    print("\n".join(str(finding) for finding in findings))
    failed = [finding for finding in findings if not finding.passed]
    if failed:
        print(f"The gate does not hold: {len(failed)} of {len(findings)} floors are not reached.", file=sys.stderr)
    return 1 if failed else 0


# -- from-feedback -----------------------------------------------------------------------------------------------------


def _feedback_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m eval from-feedback", description="Gold questions from the thumbs that readers gave."
    )
    parser.add_argument("--data", type=Path, help="the data folder with the chats (default: data)")
    parser.add_argument("--articles", type=Path, help="the folder of articles they are about (default: seeds)")
    parser.add_argument("--out", type=Path, required=True, help="where the gold questions go, one JSON object a line")
    return parser


def _feedback(given: argparse.Namespace) -> int:
    from eval.from_feedback import made_of, write
    from eval.gold import ArticleTexts
    from rag.chats import CHATS_FILE, chats_of

    config = load_config(data=given.data, articles=given.articles)
    file = config.data / CHATS_FILE
    if not file.is_file():
        raise ConfigError(f"There are no chats in {file}: name the data folder of the page with --data.")
    made = made_of(chats_of(config.data, lambda: config.articles), ArticleTexts(config.articles))
    beside = write(made, given.out)
    print(f"{len(made.rows)} gold questions in {given.out}, {len(made.open)} to be completed by a person in {beside}.")
    return 0


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number of questions: give 1 or more")
    return number


_VERBS = {
    "run": (_run_parser, _run),
    "check": (_check_parser, _check),
    "compare": (_compare_parser, _compare),
    "gate": (_gate_parser, _gate),
    "from-feedback": (_feedback_parser, _feedback),
}

if __name__ == "__main__":
    sys.exit(main())
