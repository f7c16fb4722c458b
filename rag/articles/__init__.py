"""A folder -> Articles: whole text, residue marked by spans; title, date, outlet, author, link. Knows no library."""

from rag.articles.folder import file_digest, list_articles, printable
from rag.articles.reader import READER_FINGERPRINT, read_article

__all__ = ["READER_FINGERPRINT", "file_digest", "list_articles", "printable", "read_article"]
