"""Loads and checks the pattern modules under ``patterns/``: data only, no code of a pattern is ever run."""

from loganalyzer.patternbase.base import PatternBase
from loganalyzer.patternbase.faults import PatternError
from loganalyzer.patternbase.load import load_patterns

__all__ = ["PatternBase", "PatternError", "load_patterns"]
