"""Exports of log viewers and clouds: each container is a log of its own, and each line has the number of the file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from itertools import chain, islice, pairwise
from typing import Any

import pytest

from tests.sources.reading_back import ECHO, PEER, clean_lines, read
from tests.sources.wrapping import EPOCH, stamp

Row = tuple[str, bytes]
BLOCKS = (1000, 1 << 18)


def rows() -> list[Row]:
    """Orthanc's lines, with a few of its peer after every third one."""
    peer = iter(clean_lines(PEER))
    mixed = (
        [("orthanc", line), *(("peer", other) for other in islice(peer, at % 4 if at % 3 == 2 else 0))]
        for at, line in enumerate(clean_lines(ECHO))
    )
    return list(chain.from_iterable(mixed))


def table(heading: Sequence[str], cells: Callable[[int, str, str], Sequence[Any]], **form: Any) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", **form)
    writer.writerow(heading)
    writer.writerows(cells(at, name, line.decode()) for at, (name, line) in enumerate(rows()))
    return out.getvalue().encode()


def document(make: Callable[[int, str, str], Any], wrap: Callable[[list[Any]], Any], indent: int | None = 1) -> bytes:
    found = [make(at, name, line.decode()) for at, (name, line) in enumerate(rows())]
    return json.dumps(wrap(found), indent=indent).encode() + b"\n"


def loki(indent: int | None) -> bytes:
    streams = [
        {"stream": {"container": name, "job": "docker"},
         "values": [[str((EPOCH + at) * 10**6), line.decode()] for at, (one, line) in enumerate(rows()) if one == name]}
        for name in ("orthanc", "peer")
    ]  # fmt: skip
    return json.dumps({"status": "success", "data": {"result": streams}}, indent=indent).encode()


EXPORTS: dict[str, Callable[[], bytes]] = {
    "Grafana": lambda: table(
        ("Date", "labels", "Line"), lambda at, name, line: (stamp(at), json.dumps({"container": name}), line),
        quoting=csv.QUOTE_ALL,
    ),
    "Datadog": lambda: table(("Date", "Host", "Service", "Message"), lambda at, name, line: (at, "h", name, line)),
    "Azure": lambda: table(
        ("TimeGenerated", "Log_s", "ContainerName_s"), lambda at, name, line: (at, line, name), delimiter=";"
    ),
    "CloudWatch": lambda: document(
        lambda at, name, line: {"logStreamName": name, "timestamp": EPOCH + at, "message": line},
        lambda events: {"events": events}, 4,
    ),
    "Kibana": lambda: document(
        lambda at, name, line: {"_id": str(at), "_source": {"message": line, "container": {"id": "1", "name": name}}},
        lambda hits: {"hits": {"hits": hits}},
    ),
    "array on a line": lambda: document(
        lambda _, name, line: {"container_name": name, "log": line + "\n"}, list, None
    ),
    "Loki": lambda: loki(2),
}  # fmt: skip


@pytest.mark.parametrize("size", BLOCKS)
@pytest.mark.parametrize("export", EXPORTS)
def test_containers_of_an_export_are_kept_apart(export: str, size: int) -> None:
    data = EXPORTS[export]()
    everything = read(data, block_size=size)
    file = data.split(b"\n")
    assert [found.log.name for found in everything.logs] == ["orthanc.log [orthanc]", "orthanc.log [peer]"]
    for found, name in zip(everything.logs, ("orthanc", "peer"), strict=True):
        assert found.texts == [line for one, line in rows() if one == name]
        numbers = [number for number, _ in found.lines]
        assert numbers == sorted(set(numbers))
        if export == "array on a line":
            assert numbers == [at + 1 for at, (one, _) in enumerate(rows()) if one == name]
            assert found.problems == ["the file is one line: line numbers are those of its entries"]
            continue
        words = [(number, word) for number, line in found.lines for word in line.split() if word.isalnum()]
        assert len(words) > 100
        assert all(word in file[number - 1] for number, word in words)
        assert found.problems == []


@pytest.mark.parametrize("size", BLOCKS)
def test_a_cell_of_several_lines(size: int) -> None:
    """A viewer that joins the lines of a dump to one message writes them into one cell."""
    lines = clean_lines(ECHO)
    starts = [at for at, line in enumerate(lines) if line[:1] in b"TIWE" and line[1:2].isdigit()] + [len(lines)]
    cells = [b"\n".join(lines[one:other]).decode() for one, other in pairwise(starts)]
    assert any("\n" in cell for cell in cells)
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([("time", "message", "n"), *((1, cell, 2) for cell in cells)])
    found = read(out.getvalue().encode(), block_size=size).only
    assert found.texts == lines[starts[0] :]
    assert [number for number, _ in found.lines] == list(range(2, len(found.lines) + 2))
