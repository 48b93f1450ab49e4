"""The columns of the dataset's tables: name, type, meaning. ``docs/scan.md`` is held to them.

Types are those of :mod:`loganalyzer.tables.frames`. What a log does not show is null, never zero or empty. Times are
local to the server and naive, as Orthanc writes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.tables.frames import ASSOCIATION_COLUMNS, OPERATION_COLUMNS

if TYPE_CHECKING:
    import pyarrow as pa

    from loganalyzer.tables.frames import Column

FILE_KEY: tuple[Column, ...] = (
    ("file", "string", "Name of the log: its path or URL, with ! before a member of an archive"),
    ("file_id", "string", "Names the log across all tables, and its page logs/ID.html"),
    ("server", "string", "Name of the server, from the path (--server-from)"),
)

FILES: tuple[Column, ...] = (
    *FILE_KEY,
    ("input", "string", "The file that was opened: path or URL"),
    ("status", "string", "read, skipped or failed"),
    ("reason", "string", "Why it was skipped or failed; of a file that was read, what could not be read of it"),
    ("complete", "boolean", "Whether all of it could be read"),
    ("verdict", "string", "failure, healthy, cannot-tell, not-orthanc"),
    ("product", "string", "Whose log it is: orthanc, another program's name, text, unknown"),
    ("orthanc_version", "string", "Version of the last run in it"),
    ("level", "string", "default, verbose, trace, mixed, unknown"),
    ("wrapper", "string", "What was peeled off each line"),
    ("encoding", "string", "Character encoding"),
    ("lines", "Int64", "Lines"),
    ("understood_lines", "Int64", "Lines that belong to records of a known form"),
    ("bytes", "Int64", "Bytes of the text"),
    ("first_time", "datetime64[us]", "First stamp"),
    ("last_time", "datetime64[us]", "Last stamp"),
    ("year_from", "string", "Where the year comes from: name, wrapper, option, file-time, none"),
    ("sha256", "string", "SHA-256 of the text"),
    ("associations", "Int64", "Associations in it"),
    ("not_judged", "Int64", "Those that were too many to be judged together with the others"),
    ("failed_associations", "Int64", "Those of which the log shows that they failed"),
    ("findings", "Int64", "Findings that no other explains"),
    ("unknown", "Int64", "Warnings and errors that no pattern knows"),
    ("input_size", "Int64", "Size of the file that was opened, bytes"),
    ("input_version", "string", "What told whether the file has changed: its time, or its ETag"),
    ("key", "string", "Name of this reading: of the file's size and version, of the patterns and of the program"),
    ("content", "string", "Names the bytes of the file that was opened, the patterns and the program"),
)

RUNS: tuple[Column, ...] = (
    *FILE_KEY,
    ("run", "Int64", "Number within the log, from 1; 0 before the first start"),
    ("orthanc_version", "string", "Version of Orthanc"),
    ("dcmtk_version", "string", "Version of DCMTK"),
    ("level", "string", "Level of the log"),
    ("aet", "string", "Orthanc's own AET"),
    ("dicom_port", "Int64", "Port of its DICOM server"),
    ("first_line", "Int64", "First line"),
    ("first_time", "datetime64[us]", "First stamp"),
    ("last_time", "datetime64[us]", "Last stamp of its start-up or its end"),
    ("ended", "string", "stopped, restarted, crashed, refused-to-start, open"),
    ("facts", "string", "What its start-up lines tell, as a JSON object"),
)

_LOG_NUMBER = "log"
ASSOCIATIONS: tuple[Column, ...] = (*FILE_KEY, *(c for c in ASSOCIATION_COLUMNS if c[0] != _LOG_NUMBER))
OPERATIONS: tuple[Column, ...] = (
    *FILE_KEY,
    *(c for c in OPERATION_COLUMNS if c[0] != _LOG_NUMBER),
    ("peer_aet", "string", "AET of the other side"),
)

FINDINGS: tuple[Column, ...] = (
    *FILE_KEY,
    ("cause", "string", "What is wrong, in one word; loganalyzer explain CAUSE"),
    ("signature", "string", "What recognised it"),
    ("code", "string", "Its code; loganalyzer explain CODE"),
    ("title", "string", "One sentence with the names of this log"),
    ("severity", "string", "error, warning, notice"),
    ("confidence", "string", "certain, likely, possible"),
    (
        "explained_by",
        "string",
        "Code of the finding that explains it, of this log or of one it goes on from or in; null for a cause",
    ),
    ("count", "Int64", "How often"),
    ("first_time", "datetime64[us]", "First time"),
    ("last_time", "datetime64[us]", "Last time"),
    ("calling_aet", "string", "Calling AET, where all agree on one"),
    ("called_aet", "string", "Called AET, where all agree on one"),
    ("orthanc_version", "string", "Version of the run"),
    ("associations", "Int64", "Associations concerned"),
    ("line", "Int64", "The first line that proves it; null where that stands in the next log"),
    ("fingerprint", "string", "The same for the same finding in another log"),
    ("values", "string", "The values that it names, as a JSON object"),
    ("days", "string", "How many of its associations began on each day, as a JSON object; without any, its first day"),
)

UNKNOWN: tuple[Column, ...] = (
    *FILE_KEY,
    ("template", "string", "The message with {} in the places of its values"),
    ("level", "string", "Letter of the level: W, E, F"),
    ("source", "string", "Source file of Orthanc that printed it"),
    ("orthanc_version", "string", "Version of the run"),
    ("count", "Int64", "How often"),
    ("example", "string", "One such line with fictional values, ready for: patterns new"),
    ("line", "Int64", "Where the first one stands"),
)

TABLES: dict[str, tuple[Column, ...]] = {
    "files": FILES,
    "runs": RUNS,
    "associations": ASSOCIATIONS,
    "operations": OPERATIONS,
    "findings": FINDINGS,
    "unknown": UNKNOWN,
}

#: Raised when a column, or what a log is said to show, changes, so that older readings are not mixed with newer ones.
DATASET_VERSION = 4


def arrow_schema(table: str) -> pa.Schema:
    """The schema of one of :data:`TABLES` for pyarrow."""
    import pyarrow as pa

    types = {
        "string": pa.string(), "Int64": pa.int64(), "Float64": pa.float64(), "boolean": pa.bool_(),
        "datetime64[us]": pa.timestamp("us"),
    }  # fmt: skip
    return pa.schema([pa.field(name, types[dtype]) for name, dtype, _ in TABLES[table]])
