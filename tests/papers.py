"""Files of the formats that are no plain text, made as people's programs make them. For several test files."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from email.message import EmailMessage
from pathlib import Path
from xml.sax.saxutils import escape

SENTENCE = "The harbour bridge will be closed for repairs on Monday, said Mayor Rita Olsen of the harbour."


def pdf(pages: Sequence[Sequence[str]], *, title: str = "", author: str = "", running: bool = False) -> bytes:
    """Each page's paragraphs set in a column, with a running head and the page's number if ``running``."""
    from reportlab.lib.pagesizes import A5
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate

    style = getSampleStyleSheet()["BodyText"]
    flow = []
    for number, paragraphs in enumerate(pages):
        flow += [PageBreak()] if number else []
        flow += [Paragraph(escape(words), style) for words in paragraphs]

    def edge(canvas, document) -> None:  # type: ignore[no-untyped-def]
        if running:
            canvas.drawString(60, 565, "The Daily Harbour")
            canvas.drawString(200, 30, f"Page {document.page}")

    made = io.BytesIO()
    document = SimpleDocTemplate(made, pagesize=A5, title=title or None, author=author or None)
    document.build(flow, onFirstPage=edge, onLaterPages=edge)
    return made.getvalue()


def drawn(draw: Callable[..., None], **options: object) -> bytes:
    """A PDF whose pages are drawn by hand. ``draw`` is given reportlab's canvas."""
    from reportlab.pdfgen.canvas import Canvas

    made = io.BytesIO()
    canvas = Canvas(made, pagesize=(420, 595), **options)  # type: ignore[arg-type]
    draw(canvas)
    canvas.save()
    return made.getvalue()


def scan() -> bytes:
    """A page that is a picture."""
    from PIL import Image
    from reportlab.lib.utils import ImageReader

    return drawn(lambda canvas: canvas.drawImage(ImageReader(Image.new("RGB", (40, 60))), 0, 0, 420, 595))


def locked() -> bytes:
    """A PDF that opens with a password only."""
    from reportlab.lib.pdfencrypt import StandardEncryption

    return drawn(lambda canvas: canvas.drawString(50, 500, SENTENCE), encrypt=StandardEncryption("secret"))


def docx(paragraphs: Sequence[str], *, heading: str = "", title: str = "", author: str = "") -> bytes:
    """A Word file."""
    from docx import Document

    document = Document()
    document.core_properties.title, document.core_properties.author = title, author
    if heading:
        document.add_heading(heading, 1)
    for words in paragraphs:
        document.add_paragraph(words)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


CONTAINER = (
    '<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
)


def archive(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip archive of these parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in parts.items():
            file.writestr(name, data)
    return made.getvalue()


def epub(chapters: Sequence[str], *, title: str = "A book", author: str = "Ada Berg", head: str = "") -> bytes:
    """An e-book whose chapters are these bodies of XHTML."""
    items = "".join(f'<item id="c{n}" href="c{n}.xhtml"/>' for n, _ in enumerate(chapters))
    spine = "".join(f'<itemref idref="c{n}"/>' for n, _ in enumerate(chapters))
    package = (
        f'{head}<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{escape(title)}</dc:title><dc:creator>{escape(author)}</dc:creator><dc:date>2020-01-02</dc:date>"
        f"</metadata><manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    pages = {
        f"OEBPS/c{n}.xhtml": f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>{body}</body></html>'
        for n, body in enumerate(chapters)
    }
    return archive({"META-INF/container.xml": CONTAINER, "OEBPS/book.opf": package, **pages})


def eml(text: str, *, subject: str = "A letter", sender: str = "Ada Berg <ada@example.org>", html: str = "") -> bytes:
    """A mail with its text, its HTML where there is some, and an attachment."""
    message = EmailMessage()
    message["Subject"], message["From"] = " ".join(subject.split()), sender
    message["Date"] = "Mon, 02 Jan 2023 10:00:00 +0000"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    message.add_attachment(b"secret", maintype="application", subtype="pdf", filename="plan.pdf")
    return message.as_bytes()


def rtf(text: str, *, title: str = "A note") -> bytes:
    """A rich text file."""
    shown = "".join(
        c if c.isascii() and c not in "\\{}" else f"\\{c}" if c.isascii() else f"\\u{_signed(c)}?" for c in text
    )
    body = shown.replace("\n", "\\par\n")
    return f"{{\\rtf1\\ansi{{\\fonttbl{{\\f0 Arial;}}}}{{\\info{{\\title {title}}}}}\\f0 {body}\\par}}".encode("ascii")


def _signed(letter: str) -> int:
    number = min(ord(letter), 0xFFFF)
    return number - 0x10000 if number > 0x7FFF else number


def write(folder: Path, name: str, data: bytes) -> str:
    """Put a file there; its name."""
    (folder / name).write_bytes(data)
    return name
