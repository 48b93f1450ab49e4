"""Opens what a person brings and yields blocks of plain log text."""

from __future__ import annotations

from loganalyzer.sources.block import Block, LogStream, Problem, ReadState
from loganalyzer.sources.opening import Opened, open_files, open_logs
from loganalyzer.sources.options import ReadOptions
from loganalyzer.sources.stream import Log
from loganalyzer.sources.wrappers import input_formats

__all__ = [
    "Block",
    "Log",
    "LogStream",
    "Opened",
    "Problem",
    "ReadOptions",
    "ReadState",
    "input_formats",
    "open_files",
    "open_logs",
]
