"""What a person may choose about reading, with defaults that no honest log meets."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20
#: The members of ``ReadOptions`` that bound what is read.
LIMITS = ("max_line", "max_bytes", "max_ratio", "max_members", "max_depth", "max_seconds", "max_buffer")


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    ``year`` is the year of the first stamped line. ``input_format`` forces the wrapper (a name of
    ``wrappers.WRAPPERS``, or several joined by ``+`` from the outermost to the innermost). ``digest`` computes the
    SHA-256 of every log. Sizes are bytes, ``max_seconds`` and ``pipe_seconds`` seconds. The limits from ``max_bytes``
    on hold for what comes out of compressed files and archives, over one call of ``open_logs``:

    - ``max_bytes``: bytes expanded altogether;
    - ``max_ratio``: bytes expanded from one compressed byte, once ``ratio_from`` bytes came out;
    - ``max_members``: members of archives looked at;
    - ``max_depth``: containers inside each other (``.tar.gz`` is two);
    - ``max_seconds``: time spent in expanding;
    - ``max_buffer``: memory for one archive inside a stream that cannot be sought, and for the streams of a
      log with several containers that wait for their turn (each, compressed).
    """

    year: int | None = None
    input_format: str | None = None
    digest: bool = True
    block_size: int = 512 * 1024
    max_line: int = MIB
    sample_size: int = 200 * 1024
    pipe_seconds: float = 10.0
    max_bytes: int = 16 << 30
    max_ratio: int = 250
    ratio_from: int = 32 * MIB
    max_members: int = 10_000
    max_depth: int = 6
    max_seconds: float = 900.0
    max_buffer: int = 256 * MIB

    def __post_init__(self) -> None:
        for name in ("block_size", "max_line", "sample_size", "max_bytes", "max_ratio", "max_members", "max_depth"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be positive")
        if self.year is not None and not 1 <= self.year <= 9999:
            raise ValueError("year must be between 1 and 9999")
