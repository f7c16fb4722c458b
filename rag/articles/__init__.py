"""A folder -> Articles: whole text, residue marked by spans; title, date, outlet, author, link. Knows no library."""

from rag.articles.folder import Folder, file_digest, list_articles, look_into, may_be_article, printable, times_of
from rag.articles.reader import READER_FINGERPRINT, read_article
from rag.articles.source import only_this_file

__all__ = [
    "READER_FINGERPRINT",
    "Folder",
    "file_digest",
    "list_articles",
    "look_into",
    "may_be_article",
    "only_this_file",
    "printable",
    "read_article",
    "times_of",
]
