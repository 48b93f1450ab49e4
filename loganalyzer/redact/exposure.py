"""Whether a log can hold patient data at all: by its level, Orthanc's version and the option ``DeidentifyLogs``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_STAMP = re.compile(rb"([EWIT])\d{4} \d\d:\d\d:\d\d\.\d{6} ")
_VERSION = re.compile(rb"Orthanc version: (\d+\.\d+\.\d+|mainline)")
_DEIDENTIFY = re.compile(rb"Deidentification of log contents \(notably for DIMSE queries\) is (enabled|disabled)")


@dataclass(slots=True)
class Exposure:
    """What the log says of itself; ``see`` is called for every line."""

    levels: set[str] = field(default_factory=set)
    versions: list[str] = field(default_factory=list)
    deidentified: set[str] = field(default_factory=set)
    dumps: bool = False

    def see(self, line: bytes) -> None:
        """Take note of a line."""
        if match := _STAMP.search(line):
            self.levels.add(match[1].decode())
        if b"Orthanc version: " in line and (match := _VERSION.search(line)):
            version = match[1].decode()
            if version not in self.versions:
                self.versions.append(version)
        elif b"Deidentification of log" in line and (match := _DEIDENTIFY.search(line)):
            self.deidentified.add(match[1].decode())
        if line.startswith(b"# Dicom-Data-Set"):
            self.dumps = True

    @property
    def level(self) -> str:
        """``trace``, ``verbose``, ``default`` or ``unknown``."""
        for letter, name in (("T", "trace"), ("I", "verbose"), ("W", "default"), ("E", "default")):
            if letter in self.levels:
                return name
        return "unknown"

    def sentence(self) -> str:
        """One sentence for the person who wants to share the log."""
        version = f"Orthanc {', '.join(self.versions)}" if self.versions else "an Orthanc whose version is not in the log"
        if self.level == "unknown":
            return "No line of Orthanc was found in this log; what it can contain cannot be told."
        head = f"This is a log of {version} at level {self.level}. "
        if self.level == "trace":
            dumps = "and data set dumps of queries are in it" if self.dumps else "though no data set dump was found"
            return (
                head + f"It can contain patient data: traces show queries, answers, HTTP headers and passwords in clear, {dumps}; "
                "DeidentifyLogs does not change that."
            )
        if self.level == "verbose":
            masked = {
                frozenset({"enabled"}): "DeidentifyLogs is enabled, which masks the attributes of queries",
                frozenset({"disabled"}): "DeidentifyLogs is disabled, so that the attributes of queries are in clear",
            }.get(frozenset(self.deidentified), "whether DeidentifyLogs masks the attributes of queries is not told")
            return head + f"It can contain patient data: {masked}; worklist queries, URLs, rejected instances and scripts are shown in any case."
        return (
            head + "It should hold little patient data: identifiers of rejected instances, URLs in errors, texts of scripts; "
            "names and addresses of machines are in it."
        )
