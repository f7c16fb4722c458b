"""Every error that Footnote raises on purpose. A message says what was seen and what to do next.

FootnoteError
├── ConfigError          a setting that cannot be used
├── ArticlesError        the folder of articles is missing, empty or not a folder
│   └── UnreadableFile   one file in it cannot be read (reported; the rest goes on)
├── AddingError          something cannot be added to the articles, or taken away
├── LibraryError         the stored library cannot be used
│   ├── LibraryBusy      another process holds it
│   ├── LibraryDamaged   what is stored is not what was written
│   └── LibraryUnwritable it can be read, not changed: a full, failing or read-only disk
├── WeightsError         model weights are missing, damaged or cannot be fetched
│   ├── WeightsCancelled the user said "not now"
│   └── NoRoom           not enough free disk space
├── ModelError           the language model failed or cannot be reached
├── QuestionError        the question cannot be asked (empty, too long)
└── ShelfError           a correction or a named library cannot be made, found or kept
"""

from __future__ import annotations


class FootnoteError(Exception):
    """Base of all errors with a message that is fit for the user: one sentence, no traceback needed."""


class ConfigError(FootnoteError):
    """A setting that cannot be used."""


class ArticlesError(FootnoteError):
    """The folder of articles is missing, empty or not a folder."""


class UnreadableFile(ArticlesError):
    """One file cannot be read. The sync reports it and goes on with the rest."""


class AddingError(FootnoteError):
    """A file, a text or a link cannot be added to the articles, or one of them not be removed."""


class LibraryError(FootnoteError):
    """The stored library cannot be used."""


class LibraryBusy(LibraryError):
    """Another process holds the library."""


class LibraryDamaged(LibraryError):
    """What is stored is not what was written: nothing is cited from it."""


class LibraryUnwritable(LibraryError):
    """The stored library cannot be changed; what it holds can still be read."""


class WeightsError(FootnoteError):
    """Model weights are missing, damaged or cannot be fetched."""


class WeightsCancelled(WeightsError):
    """The user said "not now" while weights were being fetched."""


class NoRoom(WeightsError):
    """Not enough free disk space for what has to be written."""


class ModelError(FootnoteError):
    """The language model failed or cannot be reached."""


class QuestionError(FootnoteError):
    """The question cannot be asked."""


class ShelfError(FootnoteError):
    """A correction by hand or a named library that cannot be made, found or kept."""
