"""Who is speaking: each quotation and reported claim of an article with its resolved speaker. Knows no library."""

from rag.quotes.lookup import speaker_of, statements_by
from rag.quotes.reading import QUOTES_VERSION, statements
from rag.quotes.voices import is_body, is_first_name
from rag.quotes.words import PARTICLES

__all__ = ["PARTICLES", "QUOTES_VERSION", "is_body", "is_first_name", "speaker_of", "statements", "statements_by"]
