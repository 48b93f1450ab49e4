"""Write the words that the redaction leaves in a log because Orthanc and the programs around it print them themselves.

In: lists of messages (``.jsonl``: every string of the keys in ``SPEAKING_KEYS``, placeholders in braces taken out),
JSON tables (``.json``: every word in them) and word lists (``.txt``: everything but comments). pydicom's copy of PS3.6
gives the keywords of the attributes.

Out: ``loganalyzer/redact/vocabulary.txt``, one word per line, sorted by bytes.

Usage: generate_redaction_vocabulary.py SOURCE… [-o loganalyzer/redact/vocabulary.txt]
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pydicom import datadict

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFAULT_OUTPUT = Path("loganalyzer/redact/vocabulary.txt")
SPEAKING_KEYS = ("template", "text", "description", "name", "symbol", "file", "files", "printed")
PLACEHOLDER = re.compile(r"\{[^{}]*\}")
WORD = re.compile(r"[0-9A-Za-z]+")
LETTER = re.compile(r"[A-Za-z]")
#: People, places and organisations in the programs' own texts; they must not survive where they are somebody's name.
NAMES = frozenset(
    [
        "Alain",
        "Alexandre",
        "Belgium",
        "Benjamin",
        "Bing",
        "Charles",
        "David",
        "Jodogne",
        "Laboratory",
        "Liege",
        "Louvain",
        "Mazy",
        "Sebastien",
        "Osimis",
        "ICTEAM",
        "UCLouvain",
        "University",
        "Hospital",
        "Innovations",
        "Emsy",
        "Chan",
        "Marco",
        "Barnig",
        "jodogne",
        "osimis",
        "Mark",
        "Mayo",
        "Dublin",
        "York",
        "Don",
        "Deutschland",
    ]
)


def texts(source: Path) -> Iterator[str]:
    """Yield the texts in a source, by its kind."""
    if source.suffix == ".jsonl":
        for line in source.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            for key in SPEAKING_KEYS:
                value = row.get(key)
                for text in value if isinstance(value, list) else [value]:
                    if isinstance(text, str):
                        yield PLACEHOLDER.sub(" ", text)
    elif source.suffix == ".json":
        yield source.read_text(encoding="utf-8")
    elif source.suffix == ".txt":
        yield from (line for line in source.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    else:
        sys.exit(f"{source}: unknown kind of source")


def vocabulary(sources: list[Path]) -> set[str]:
    """Return the words of all sources that hold a letter and are nobody's name."""
    words: set[str] = set()
    for source in sources:
        for text in texts(source):
            words.update(WORD.findall(text))
    words.update(entry[4] for entry in datadict.DicomDictionary.values() if entry[4])
    return {word for word in words if LETTER.search(word)} - NAMES


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sources", nargs="+", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=DEFAULT_OUTPUT)
    arguments = parser.parse_args()
    arguments.output.write_text("\n".join(sorted(vocabulary(arguments.sources))) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
