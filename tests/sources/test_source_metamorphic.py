"""The same log, however it is brought, gives the same diagnosis: every wrapper × encoding × container.

By default each sample log is brought in one way, so chosen that all of them together meet every pair of wrapper,
encoding and container. ``LOGANALYZER_WAYS=36`` brings each sample in every wrapper, ``LOGANALYZER_WAYS=2772`` in every
way there is, which takes hours.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import sys
import threading
from collections.abc import Callable
from itertools import product
from math import gcd
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from loganalyzer.diagnosis.model import Diagnosis
from loganalyzer.report.json import as_data
from loganalyzer.sources.options import ReadOptions
from tests import knowledge
from tests.packing import tarred, zipped
from tests.sources.reading_back import SAMPLES, clean_lines
from tests.sources.wrapping import CHANGES, WRAPS, Wrapped

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

#: Neither the wrappers' stamps nor a file's time may decide it here: the clean log has none.
YEAR = ReadOptions(year=2024)
NAME = "orthanc.log"
SHARES = 9
WAYS = int(os.environ.get("LOGANALYZER_WAYS", "1"))
LINE_MEMBERS = frozenset({"line", "start_line", "end_line", "first_line", "last_line"})
COMPARED = ("verdict", "complete", "findings", "associations", "checklist", "questions", "not_evaluated",
            "unknown_messages")  # fmt: skip
#: A width is seen where several lines have it.
FEWEST_CUTS = 4
#: What holds also where lines lost blanks or are in parts.
CAUSES = ("verdict", "findings", "associations")
OF_LOGS = ("orthanc_version", "level", "first_time", "last_time", "runs", "product")


def as_it_is(data: bytes) -> bytes:
    return data


def written(codec: str, end: str) -> Callable[[bytes], bytes]:
    return lambda data: data.decode().replace("\n", end).encode(codec)


ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "bytes": as_it_is,
    "utf-8 with mark": written("utf-8-sig", "\n"),
    "utf-8 crlf": written("utf-8", "\r\n"),
    "utf-16 crlf": written("utf-16", "\r\n"),
    "utf-16-be": written("utf-16-be", "\n"),
    "utf-16-le crlf": written("utf-16-le", "\r\n"),
    "utf-8 cr": written("utf-8", "\r"),
}


def diagnosed(data: bytes) -> Diagnosis:
    return knowledge.diagnosed_files([(NAME, io.BytesIO(data))], options=YEAR)


def in_a_file(pack: Callable[[bytes], bytes]) -> Callable[[bytes, Path], Diagnosis]:
    return lambda data, _: diagnosed(pack(data))


def in_a_folder(data: bytes, folder: Path) -> Diagnosis:
    (folder / "logs").mkdir()
    (folder / "logs" / NAME).write_bytes(data)
    (folder / "logs" / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return knowledge.diagnosed(folder, options=YEAR)


def through_a_pipe(data: bytes, _: Path) -> Diagnosis:
    """As from standard input: it cannot be sought, and comes in pieces of any size."""
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb") as end:
            end.write(data)

    writer = threading.Thread(target=write)
    writer.start()
    with os.fdopen(reading, "rb", buffering=0) as end:
        found = knowledge.diagnosed_files([(NAME, end)], options=YEAR)
    writer.join()
    return found


CONTAINERS: dict[str, Callable[[bytes, Path], Diagnosis]] = {
    "file": in_a_file(as_it_is),
    "gz": in_a_file(gzip.compress),
    "bz2": in_a_file(bz2.compress),
    "xz": in_a_file(lzma.compress),
    "zst": in_a_file(zstd.compress),
    "zip": in_a_file(lambda data: zipped({"readme.txt": "", f"logs/{NAME}": data})),
    "tar": in_a_file(lambda data: tarred({f"logs/{NAME}": data})),
    "tar.gz": in_a_file(lambda data: gzip.compress(tarred({f"logs/{NAME}": data}))),
    "gz in zip": in_a_file(lambda data: zipped({"readme.txt": "", f"logs/{NAME}.gz": gzip.compress(data)})),
    "folder": in_a_folder,
    "pipe": through_a_pipe,
}
#: What cannot carry bytes that are no UTF-8 (docker and the shippers write JSON), or is bytes itself.
AS_TEXT = frozenset({"docker_json", "docker_json_in_parts", "json_lines", "json_document"})
AS_BYTES = "journal_export"


class Way(NamedTuple):
    wrapper: str
    encoding: str
    container: str


def way(sample: int, turn: int) -> Way:
    """The ``turn``-th way to bring a sample.

    The numbers of encodings and containers have no common divisor, so that as many turns as they have pairs meet all
    pairs (Chinese remainder theorem), for each wrapper.
    """
    wrappers, encodings, containers = list(WRAPS), list(ENCODINGS), list(CONTAINERS)
    wrapper = (sample + turn) % len(wrappers)
    step = sample // len(wrappers) + turn // len(wrappers)
    return Way(wrappers[wrapper], encodings[step % len(encodings)], containers[(step + wrapper) % len(containers)])


def mapped(value: Any, number: Callable[[int], int]) -> Any:
    """A part of the JSON document with its line numbers as ``number`` gives them."""
    if isinstance(value, dict):
        return {
            key: number(part) if key in LINE_MEMBERS and isinstance(part, int) and part > 0 else mapped(part, number)
            for key, part in value.items()
        }
    if isinstance(value, list):
        return [mapped(part, number) for part in value]
    return value


def told(diagnosis: Diagnosis, number: Callable[[int], int] = lambda line: line) -> dict[str, Any]:
    data = as_data(diagnosis)
    found = {name: mapped(data[name], number) for name in COMPARED}
    assert len(data["logs"]) == 1
    return found | {name: mapped(data["logs"][0][name], number) for name in OF_LOGS}


def lines_for(path: Path, chosen: Way) -> list[bytes]:
    if chosen.encoding == "bytes" and chosen.wrapper not in AS_TEXT:
        return path.read_bytes().split(b"\n")[:-1]
    return clean_lines(path)


def brought(lines: list[bytes], chosen: Way, folder: Path) -> tuple[Wrapped, Diagnosis]:
    wrapped = WRAPS[chosen.wrapper](lines)
    encode = as_it_is if chosen.wrapper == AS_BYTES else ENCODINGS[chosen.encoding]
    return wrapped, CONTAINERS[chosen.container](encode(wrapped.data), folder)


@pytest.mark.parametrize("share", range(SHARES))
def test_the_same_log_gives_the_same_diagnosis(share: int, tmp_path: Path) -> None:
    for index in range(share, len(SAMPLES), SHARES):
        cleans: dict[bytes, Diagnosis] = {}
        for turn in range(WAYS):
            chosen = way(index, turn)
            lines = lines_for(SAMPLES[index], chosen)
            data = b"\n".join(lines) + b"\n"
            if data not in cleans:
                cleans[data] = diagnosed(data)
            folder = tmp_path / f"{index}-{turn}"
            folder.mkdir()
            wrapped, found = brought(lines, chosen, folder)
            expected = told(cleans[data], lambda line, numbers=wrapped.numbers: numbers[line - 1])
            shown = told(found)
            for name, value in expected.items():
                assert shown[name] == value, (SAMPLES[index].parent.name, chosen, name)


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_log_gives_the_same_diagnosis(change: str) -> None:
    for path in SAMPLES[list(CHANGES).index(change) :: len(CHANGES) * 2]:
        lines = clean_lines(path)
        wrapped = CHANGES[change](lines)
        if wrapped.wrapper == "hard-wrap" and wrapped.data.count(b"\n") < len(lines) + FEWEST_CUTS:
            continue
        clean, found = diagnosed(b"\n".join(lines) + b"\n"), diagnosed(wrapped.data)
        expected, shown = told(clean, lambda line, numbers=wrapped.numbers: numbers[line - 1]), told(found)
        for name in CAUSES:
            assert shown[name] == expected[name], (path.parent.name, name, found.logs[0].wrapper)


def test_the_ways_meet_all_pairs() -> None:
    assert gcd(len(ENCODINGS), len(CONTAINERS)) == 1
    ways = [way(index, 0) for index in range(len(SAMPLES))]
    for one, two in ((0, 1), (0, 2), (1, 2)):
        kinds = (WRAPS, ENCODINGS, CONTAINERS)
        assert {(each[one], each[two]) for each in ways} == set(product(kinds[one], kinds[two]))
    every = len(WRAPS) * len(ENCODINGS) * len(CONTAINERS)
    assert len({way(5, turn) for turn in range(every)}) == every


@pytest.mark.parametrize("wrapper", ["journal_export", "cri_in_parts"])
def test_a_line_inside_a_dump_has_the_number_of_the_file(wrapper: str, tmp_path: Path) -> None:
    """A finding points into the dump behind a record; in these forms the lines of a dump are no neighbours."""
    path = next(path for path in SAMPLES if path.parent.name == "busy-interleaved-a-1.10.1-trace")
    lines = clean_lines(path)
    wrapped, found = brought(lines, Way(wrapper, "bytes", "file"), tmp_path)
    texts = dict(zip(wrapped.numbers, lines, strict=True))
    proofs = [proof for finding in found.findings for proof in finding.evidence]
    assert any(proof.text.startswith("  Context ID:") for proof in proofs)
    for proof in proofs:
        assert proof.text in texts[proof.line].decode()
