"""A folder -> Articles: whole text, residue marked by spans; title, date, outlet, author, link. Knows no library."""

from rag.articles.folder import (
    SUFFIXES,
    Folder,
    file_digest,
    list_articles,
    look_into,
    max_bytes,
    may_be_article,
    printable,
    times_of,
)
from rag.articles.others import reason_of
from rag.articles.reader import READER_FINGERPRINT, read_article
from rag.articles.source import only_this_file

__all__ = [
    "READER_FINGERPRINT",
    "SUFFIXES",
    "Folder",
    "file_digest",
    "list_articles",
    "look_into",
    "max_bytes",
    "may_be_article",
    "only_this_file",
    "printable",
    "read_article",
    "reason_of",
    "times_of",
]
