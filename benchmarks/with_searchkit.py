"""Searches a log with canonical's searchkit: every wording of the pattern base as one of its search definitions."""

from __future__ import annotations

import re
import sys

from searchkit import FileSearcher, SearchDef

from loganalyzer.events.template import fixed_parts
from loganalyzer.patternbase import load_patterns


def main() -> None:
    """Searches the file that is named."""
    searcher = FileSearcher(max_parallel_tasks=1)
    for pattern in load_patterns().events:
        expression = pattern.regex or "(.*)".join(map(re.escape, fixed_parts(pattern.message)))
        searcher.add(SearchDef(f".*{expression}", tag=pattern.event), path=sys.argv[1])
    print(len(searcher.run()))


if __name__ == "__main__":
    main()
