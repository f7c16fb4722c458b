"""Measuring Footnote. Knows ``rag``; ``rag`` has never heard of it."""
