"""Footnote."""
