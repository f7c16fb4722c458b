"""Who is speaking: each quotation and reported claim of an article with its resolved speaker. Knows no library."""

from rag.quotes.lookup import is_named, speaker_of, statements_by
from rag.quotes.reading import QUOTES_VERSION, statements

__all__ = ["QUOTES_VERSION", "is_named", "speaker_of", "statements", "statements_by"]
