"""What a post consists of, whatever it was written in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from loganalyzer.sources.block import Problem


class FileKind(StrEnum):
    """What an attached file is good for. Only logs are diagnosed."""

    LOG = "log"
    CONFIGURATION = "configuration"
    PICTURE = "picture"
    DICOM = "dicom"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PostedFile:
    """An attachment. ``data`` is what was attached, decoded; empty for pictures and others that are not read."""

    name: str
    kind: FileKind
    data: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """One post of a thread.

    ``body`` is its text as bytes (log and prose together, as a log is opened: the lines have the numbers of the file
    as given where the text stands in it as it is), ``prose`` the same as characters, at most the first 512 KiB.
    ``author`` is told from others only, and never shown; empty where it is not known.
    """

    name: str
    subject: str
    body: bytes
    prose: str
    files: tuple[PostedFile, ...] = ()
    problems: tuple[Problem, ...] = ()
    author: str = ""


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation. ``load`` reads its messages, so that a mailbox need not be held in memory."""

    name: str
    subject: str
    count: int
    load: Callable[[], tuple[Message, ...]]
