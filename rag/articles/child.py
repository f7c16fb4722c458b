"""A child process that takes one PDF or RTF file apart, within bounds of time and memory that its system keeps.

Run as a file: it knows nothing of the rest of the house. The file comes in on standard input, one JSON object goes out:
{"error", ...} with a word for what is wrong, else what was found. Whoever starts it bounds its time besides.

    python child.py (pdf | rtf) CPU-SECONDS MEGABYTES MOST-PAGES
"""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any


def bound(cpu_seconds: int, megabytes: int) -> None:
    """Let the system end this process, or refuse it memory, beyond what a file may ask for (not on Windows)."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))


def pdf(data: bytes, most_pages: int) -> dict[str, Any]:
    """The document's details, and each page's pieces of lines: text, left, right, bottom, top, size of type."""
    from pdfminer.pdfdocument import PDFDocument, PDFEncryptionError, PDFPasswordIncorrect
    from pdfminer.pdfexceptions import PDFException
    from pdfminer.pdfpage import PDFPage
    from pdfminer.pdfparser import PDFParser
    from pdfminer.psexceptions import PSException

    try:
        document = PDFDocument(PDFParser(io.BytesIO(data)))
        pages = list(islice(PDFPage.create_pages(document), most_pages + 1))
    except (PDFPasswordIncorrect, PDFEncryptionError):
        return {"error": "encrypted"}
    except (PDFException, PSException):
        return {"error": "broken"}
    if len(pages) > most_pages:
        return {"error": "pages"}
    return {"details": _details(document.info), "pages": list(_pages(pages))}


def rtf(data: bytes, _: int) -> dict[str, Any]:
    """The text, without formatting."""
    from striprtf.striprtf import rtf_to_text

    convert: Any = rtf_to_text
    return {"text": convert(data.decode("latin-1"), errors="replace")}


def _details(infos: Iterable[Any]) -> dict[str, str]:
    from pdfminer.pdftypes import resolve1
    from pdfminer.utils import decode_text

    found: dict[str, str] = {}
    for info in infos:
        for name in ("Title", "Author"):
            value = resolve1(info.get(name)) if isinstance(info, dict) else None
            if isinstance(value, bytes):
                found.setdefault(name, decode_text(value)[:2000])
    return found


def _pages(pages: Iterable[Any]) -> Iterator[dict[str, Any]]:
    from pdfminer.converter import PDFPageAggregator
    from pdfminer.layout import LAParams
    from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager

    resources = PDFResourceManager()
    device = PDFPageAggregator(resources, laparams=LAParams(boxes_flow=None, all_texts=True))
    interpreter = PDFPageInterpreter(resources, device)
    for page in pages:
        interpreter.process_page(page)
        layout = device.get_result()
        lines, pictures = _parts(layout)
        yield {"height": layout.height, "pictures": pictures, "lines": [_line(line) for line in lines]}


def _parts(layout: Any) -> tuple[list[Any], int]:
    """Lines of text and the number of pictures, those in drawings too; a stack, for drawings can be nested."""
    from pdfminer.layout import LTContainer, LTImage, LTTextLine

    waiting, lines, pictures = [layout], [], 0
    while waiting:
        one = waiting.pop()
        if isinstance(one, LTTextLine):
            lines.append(one)
        elif isinstance(one, LTContainer):
            waiting += list(one)
        pictures += isinstance(one, LTImage)
    return lines, pictures


def _line(line: Any) -> list[Any]:
    from pdfminer.layout import LTChar

    sizes = sorted(char.size for char in line if isinstance(char, LTChar))
    size = sizes[len(sizes) // 2] if sizes else line.height
    return [line.get_text().strip(), *(round(v, 1) for v in (line.x0, line.x1, line.y0, line.y1, size))]


def main() -> None:
    """Read the file, take it apart, tell what was found."""
    kind, seconds, megabytes, most_pages = sys.argv[1], *map(int, sys.argv[2:5])
    bound(seconds, megabytes)
    logging.disable(logging.CRITICAL)
    sys.setrecursionlimit(2_000)
    try:
        found = {"pdf": pdf, "rtf": rtf}[kind](sys.stdin.buffer.read(), most_pages)
        told = json.dumps(found)
    except MemoryError:
        told = json.dumps({"error": "memory"})
    except Exception as error:
        told = json.dumps({"error": "stumbled", "what": type(error).__name__})
    sys.stdout.write(told)


if __name__ == "__main__":
    main()
