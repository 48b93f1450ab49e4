"""Loads and checks the pattern modules under ``patterns/``: data only, no code of a pattern is ever run."""

from loganalyzer.patternbase.load import PatternBase, PatternError, load_patterns

__all__ = ["PatternBase", "PatternError", "load_patterns"]
