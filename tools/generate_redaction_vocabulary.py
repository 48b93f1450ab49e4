"""Write the words that the redaction leaves in a log because Orthanc and the programs around it print them.

In: the lists of messages in ``patterns/vocabulary``, the wordings in ``patterns``, the names of Orthanc's options and
of DICOM's UIDs, the keywords of pydicom's copy of PS3.6, and ``tools/redaction_words.txt`` for the rest.

Out: ``loganalyzer/redact/vocabulary.txt``, one word per line, sorted by bytes.

Usage: generate_redaction_vocabulary.py [-o loganalyzer/redact/vocabulary.txt] [--check]
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pydicom import datadict

from loganalyzer import load_patterns

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
DEFAULT_OUTPUT = ROOT / "loganalyzer/redact/vocabulary.txt"
MESSAGES = ROOT / "patterns/vocabulary"
TABLES = (ROOT / "loganalyzer/dicom/tables.json", ROOT / "patterns/orthanc_options.json")
FURTHER_WORDS = ROOT / "tools/redaction_words.txt"
SPEAKING_KEYS = ("text", "name", "description", "file")
PLACEHOLDER = re.compile(r"\{(?!:)[^{}]*\}")  # what begins with a colon are fixed texts to choose from
WORD = re.compile(r"[0-9A-Za-z]+")
LETTER = re.compile(r"[A-Za-z]")
#: People, places and organisations in the programs' own texts; they must not survive where they are somebody's name.
NAMES = frozenset(
    {
        "Alain", "Alexandre", "Barnig", "Belgium", "Benjamin", "Chan", "Charles", "David", "Deutschland",
        "Don", "Dublin", "Emsy", "Hospital", "ICTEAM", "Innovations", "Jodogne", "Laboratory", "Liege",
        "Louvain", "Marco", "Mark", "Mayo", "Mazy", "Osimis", "Sebastien", "UCLouvain", "University", "York",
        "alice", "jodogne", "osimis",
    }
)  # fmt: skip


def texts() -> Iterator[str]:
    """Yield the texts of all sources, without their placeholders."""
    for source in sorted(MESSAGES.glob("*.jsonl")):
        for line in source.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield from (PLACEHOLDER.sub(" ", row[key]) for key in SPEAKING_KEYS if isinstance(row.get(key), str))
    yield from (PLACEHOLDER.sub(" ", event.message) for event in load_patterns().events)
    yield from (table.read_text(encoding="utf-8") for table in TABLES)
    yield from (line for line in FURTHER_WORDS.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    yield from (entry[4] for entry in datadict.DicomDictionary.values())


def vocabulary() -> str:
    """Return the words of all sources that hold a letter and are nobody's name."""
    words = {word for text in texts() for word in WORD.findall(text) if LETTER.search(word)}
    return "\n".join(sorted(words - NAMES)) + "\n"


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, default=DEFAULT_OUTPUT)
    parser.add_argument("--check", action="store_true", help="fail when the committed words are others")
    arguments = parser.parse_args()
    words = vocabulary()
    if arguments.check and arguments.output.read_text(encoding="ascii") != words:
        sys.exit(f"{arguments.output} is not what its sources give: run this program again")
    arguments.output.write_text(words, encoding="ascii")


if __name__ == "__main__":
    main()
