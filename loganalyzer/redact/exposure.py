"""Whether a log can hold patient data at all: by its level, Orthanc's version and the option ``DeidentifyLogs``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from loganalyzer.dialects.known import dialect_of

_STAMPS = {level: re.compile(level.encode() + rb"\d{4} \d\d:\d\d:\d\d\.\d{6} ") for level in "EWIT"}
_VERSION = re.compile(rb"Orthanc version: (\d+\.\d+\.\d+|mainline)")
_DEIDENTIFY = re.compile(rb"Deidentification of log contents \(notably for DIMSE queries\) is (enabled|disabled)")

_VALUE = re.compile(rb"\([0-9a-fA-F]{4}, ?[0-9a-fA-F]{4}\) (?:[A-Z]{2} \[|[^\n]{1,80}\b[A-Z]{2}: ')")
_SAMPLE = 1 << 16

_MASKING = {
    frozenset({"enabled"}): "DeidentifyLogs is enabled, which masks the attributes of queries",
    frozenset({"disabled"}): "DeidentifyLogs is disabled, so that the attributes of queries are in clear",
}
_UNTOLD = "whether DeidentifyLogs masks the attributes of queries is not told"


@dataclass(slots=True)
class Exposure:
    """What the log says of itself; ``see`` is called for every block of lines."""

    levels: set[str] = field(default_factory=set)
    versions: list[str] = field(default_factory=list)
    deidentified: set[str] = field(default_factory=set)
    dumps: bool = False
    product: str = ""

    def see(self, block: bytes) -> None:
        """Take note of a block of lines."""
        for level in "EWIT":
            if level not in self.levels and _STAMPS[level].search(block):
                self.levels.add(level)
        if b"Orthanc version: " in block:
            self.versions += [
                v for v in dict.fromkeys(m[1].decode() for m in _VERSION.finditer(block)) if v not in self.versions
            ]
        if b"Deidentification of log" in block:
            self.deidentified.update(match[1].decode() for match in _DEIDENTIFY.finditer(block))
        self.dumps = self.dumps or b"# Dicom-Data-Set" in block or _VALUE.search(block) is not None
        if not self.levels and not self.product:
            dialect = dialect_of(block[:_SAMPLE])
            self.product = dialect.NAME if dialect is not None else ""

    @property
    def level(self) -> str:
        """``trace``, ``verbose``, ``default`` or ``unknown``."""
        for letter, name in (("T", "trace"), ("I", "verbose"), ("W", "default"), ("E", "default")):
            if letter in self.levels:
                return name
        return "unknown"

    def sentence(self) -> str:
        """One sentence for the person who wants to share the log."""
        version = (
            f"Orthanc {', '.join(self.versions)}" if self.versions else "an Orthanc whose version is not in the log"
        )
        if self.level == "unknown" and self.product:
            found = (
                "queries and answers stand in it in clear"
                if self.dumps
                else "names of files and identifiers of instances, though no data set dump was found"
            )
            return f"This is a log of {self.product}, not of Orthanc. It can contain patient data: {found}."
        if self.level == "unknown":
            return "No line of Orthanc was found in this log; what it can contain cannot be told."
        head = f"This is a log of {version} at level {self.level}. "
        if self.level == "trace":
            found = "and data set dumps of queries are in it" if self.dumps else "though no data set dump was found"
            return (
                f"{head}It can contain patient data: traces show queries, answers, HTTP headers and passwords in "
                f"clear, {found}; DeidentifyLogs does not change that."
            )
        if self.level == "verbose":
            return (
                f"{head}It can contain patient data: {_MASKING.get(frozenset(self.deidentified), _UNTOLD)}; "
                "worklist queries, URLs, rejected instances and scripts are shown in any case."
            )
        return (
            f"{head}It should hold little patient data: identifiers of rejected instances, URLs in errors, texts of "
            "scripts; names and addresses of machines are in it."
        )
