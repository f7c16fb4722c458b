"""Why a file is no article, by the end of its name, and what to do about it. Knows names, opens nothing."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

_REASONS = {
    ".doc .dot": "old Word format: save it as .docx.",
    ".docm .dotx .dotm": "a Word file with macros, or a template: save it as .docx.",
    ".odt .ott .sxw": "OpenDocument text: save it as .docx.",
    ".pages .wpd .wps .hwp": "a word processor's own format: save it as .docx or .pdf.",
    ".mobi .azw .azw3 .kfx .fb2 .lit": "an e-book in another format: convert it to .epub.",
    ".djvu .ps .xps": "printed pages in another format: save it as a .pdf with text.",
    ".msg .mbox .pst": "mail in another format: save each message as .eml.",
    ".mht .mhtml .webarchive .xhtml .php .asp": "a web page in another format: save it as .html.",
    ".markdown .mdown .rst .adoc .org .tex .text .log": "text under another name: rename it to .md or .txt.",
    ".ppt .pptx .odp .key": "slides: save them as .pdf.",
    ".xls .xlsx .ods .csv .tsv .json .jsonl .xml .yaml .yml .sqlite .db": "data, no article: save its text as .txt.",
    ".jpg .jpeg .png .gif .webp .heic .tif .tiff .bmp .svg": "a picture: its text has to be typed or read by OCR.",
    ".mp3 .m4a .wav .ogg .flac .mp4 .mov .avi .mkv .webm": "sound or film: save a transcript as .txt.",
    ".zip .tar .gz .tgz .bz2 .xz .7z .rar": "an archive: unpack it into the folder.",
    ".url .webloc .lnk": "a link: save the page itself as .html.",
}
_REASON = {suffix: reason for suffixes, reason in _REASONS.items() for suffix in suffixes.split()}


def reason_of(name: str, known: Iterable[str]) -> str:
    """Why a file of this name is passed over. ``known``: the suffixes that can be read."""
    suffix = PurePosixPath(name).suffix.lower()
    return _REASON.get(suffix) or f"not a format that can be read; known are {', '.join(known)}."
