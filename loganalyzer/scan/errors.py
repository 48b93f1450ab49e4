"""What can be wrong with a scan as a whole. The text of each is one sentence for a person."""

from __future__ import annotations


class MissingPackageError(Exception):
    """Something optional is needed and not installed; the text is one sentence that says what to install."""


class SchedulerError(Exception):
    """The cluster cannot be used; the text is one sentence."""


class StoreError(Exception):
    """The dataset cannot be written; the text is one sentence."""


class DatasetError(Exception):
    """There is no dataset, or a question cannot be answered; the text is one sentence."""
