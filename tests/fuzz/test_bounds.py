"""Ten times the input takes about ten times the processor time, whatever the input is: nothing is quadratic.

Each shape repeats what some part of the program has to look for, to keep, or to wait for the end of.
"""

from __future__ import annotations

import math
import re
import time
import tracemalloc
from collections.abc import Callable, Iterator
from functools import cache

import pytest

from loganalyzer.patternbase import load_patterns
from loganalyzer.report.markdown import render_markdown
from loganalyzer.report.text import render_text
from tests.fuzz.targets import SAMPLES, diagnosed, redact

SMALL = 20_000
TIMES = 10
#: Ten would be linear, a hundred quadratic; fixed costs make it less, memory and the neighbours on the machine more.
MOST = 45
#: What is done in less time than this is not measured but counted as this, in seconds.
LEAST = 0.03


@cache
def lines_with(text: str) -> list[bytes]:
    """Real lines that hold a text."""
    found = (line for path in SAMPLES for line in path.read_bytes().split(b"\n") if text.encode() in line)
    return [line for line, _ in zip(found, range(40), strict=False)]


@cache
def dump(begin: str, size: int = 25) -> bytes:
    """The beginning of a real dump, without its end."""
    for path in SAMPLES:
        data = path.read_bytes()
        at = data.find(begin.encode())
        if at >= 0:
            start = data.rfind(b"\n", 0, at) + 1
            return b"\n".join(data[start:].split(b"\n")[:size]) + b"\n"
    raise LookupError(begin)


def numbered(line: bytes, at: int) -> bytes:
    """A line with a time of its own, and AETs and addresses that no other has."""
    clock = b"%02d:%02d:%02d.%06d" % (at // 3600000 % 24, at // 60000 % 60, at // 1000 % 60, at % 1000 * 1000)
    line = re.sub(rb"\d\d:\d\d:\d\d\.\d{6}", clock, line, count=1)
    line = re.sub(rb"(AET \"?)[A-Z0-9_]+", lambda m: m[1] + b"A%d" % at, line)
    return re.sub(rb"127\.0\.0\.\d+", b"127.%d.%d.1" % (at // 250 % 250, at % 250), line)


def each(text: str, change: Callable[[bytes, int], bytes] = numbered) -> Callable[[int], bytes]:
    """Real lines with a text, again and again."""

    def made(size: int) -> bytes:
        found = lines_with(text)
        assert found, text
        out, length, at = [], 0, 0
        while length < size:
            out.append(change(found[at % len(found)], at) + b"\n")
            length += len(out[-1])
            at += 1
        return b"".join(out)

    return made


def again(unit: bytes) -> Callable[[int], bytes]:
    return lambda size: unit * (size // len(unit) + 1)


def stamped(unit: bytes) -> Callable[[int], bytes]:
    """One message of Orthanc that goes on with a unit for ever."""
    return lambda size: b"E1123 10:00:00.000000 OrthancException.cpp:57] " + unit * (size // len(unit)) + b"\n"


def threads(size: int) -> bytes:
    """Each line comes from a thread that no other line comes from."""
    line = next(line for line in lines_with("Association Received") if b"DICOM-" in line)
    return b"".join(
        re.sub(rb"DICOM-\w+", b"DICOM-%d" % at, numbered(line, at)) + b"\n" for at in range(size // len(line))
    )


def contexts(size: int) -> bytes:
    """An association with presentation contexts without end."""
    lines = dump("BEGIN A-ASSOCIATE-RQ", 60).split(b"\n")
    first = next(at for at, line in enumerate(lines) if b"Context ID" in line)
    context = b"\n".join(lines[first : first + 6]) + b"\n"
    return b"\n".join(lines[:first]) + b"\n" + context * (size // len(context))


def shapes() -> Iterator[tuple[str, Callable[[int], bytes]]]:
    yield "one line", again(b"a")
    yield "blank lines", again(b"\n")
    yield "blanks", again(b" ")
    yield "brackets", again(b"[")
    yield "braces", again(b'{"a":[')
    yield "bodies", again(b'{"Details":"x","HttpError":"Bad Request",\n')
    yield "quotes", again(b"> > > a\n")
    yield "colours", again(b"\x1b[31m" * 100 + b"\n")
    yield "containers", lambda size: b"".join(b"c%d | a\n" % at for at in range(size // 90))
    yield "prose", again(b"Orthanc says that the AET of the modality is unknown, and C-FIND fails.\n")
    yield "paths", stamped(b"../")
    yield "addresses in one message", stamped(b" on IP 127.0.0.1")
    yield "colons in one message", stamped(b": ")
    yield "quotes in one message", stamped(b'"')
    yield "the same message", again(b"E1123 10:00:00.000000 OrthancException.cpp:57] Unknown thing\n")
    yield (
        "unknown messages",
        lambda size: b"".join(
            b"E1123 10:00:00.%06d a.cpp:1] Thing %d of %x\n" % (at, at * 7919, at * 104729) for at in range(size // 50)
        ),
    )
    yield "glued lines", lambda size: (lines_with("Association Received")[0] * (size // 80))[:size] + b"\n"
    for text in ("Association Received", "Association Acknowledged", "Association Release", "DIMSE failure",
                 "Finishing association", "Opening a DICOM SCU", "TCP Initialization Error", "Not listed",
                 "New job submitted", "Rejected association", "Incoming connection", "Orthanc version",
                 "requested by peer", "I: Requesting Association"):  # fmt: skip
        if lines_with(text):
            yield text, each(text)
    for begin in ("BEGIN A-ASSOCIATE-RQ", "INCOMING DIMSE MESSAGE", "# Dicom-Data-Set"):
        yield f"{begin} without end", again(dump(begin))
        yield f"{begin} in one", lambda size, begin=begin: dump(begin) + b"  x: y\n" * (size // 7)
    yield "open values", again(b"(0010,0010) PN [\n")
    yield "a data set of open values", lambda size: b"# Dicom-Data-Set\n" + b"(0010,0010) PN [x\n\n" * (size // 19)
    yield "ends of lines of a data set in one", lambda size: b"(0010,0010) PN x" + b"# 1" * (size // 3) + b"]\n"
    yield "digits in a line of a data set", lambda size: b"(0010,0010) PN x#" + b"0" * size + b"]\n"
    yield "digits in a rejection", lambda size: b"10:00:00 INFO A->B(1) >> A-ASSOCIATE-RJ[result:" + b"0" * size + b"\n"
    yield "threads", threads
    yield "contexts", contexts
    yield "one word", again(b"Saml")
    yield "deeper quotes", lambda size: b"".join(b"> " * (at % 400) + b"a\n" for at in range(size // 400))
    yield "deep JSON", lambda size: b'{"log":' + b'[{"a":' * (size // 6) + b"\n"
    yield "deep JSON with its end", lambda size: b'{"log":' * (size // 8) + b'"x"' + b"}" * (size // 8) + b"\n"
    yield (
        "deep MIME",
        lambda size: b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (at, at) for at in range(size // 52)
        ),
    )
    yield "encodings", again("é\n".encode() + "é\n".encode("latin-1") + "é\n".encode("utf-16-le"))
    for unit in (b",DIMSE Warning: (", b"\\", b'AET "', b"(AET ", b'\\"', b"Proxy a:b ", b"HTTP header: [a]: ["):
        yield f"{unit.decode()} in one message", stamped(unit)
    for label in (b"implVersionName: ", b"Move Originator AE Title: "):
        yield f"blanks behind {label.decode()}", lambda size, label=label: label + b" " * size + b"\t\n"
    yield "toolkit lines", again(b"D: x\nI: Association Request Failed: 0006:031e\nW: y\n")


SHAPES = dict(shapes())


def long_lines(size: int) -> bytes:
    """Lines that are recognised, each with much text of its own."""
    line = lines_with("SQLite: ")[0]
    return b"".join(
        line.replace(b"SQLite: ", b"SQLite: %d " % at + b"x" * 40_000) + b"\n" for at in range(size // 40_000)
    )


def long_dumps(size: int) -> bytes:
    """Dumps with more contexts than an association can have, none like the other."""
    data = next(data for path in SAMPLES if b"BEGIN A-ASSOCIATE-RQ" in (data := path.read_bytes()))
    start = data.rfind(b"\n", 0, data.rfind(b"\n", 0, data.find(b"BEGIN A-ASSOCIATE-RQ"))) + 1
    whole = data[start : data.find(b"\n", data.find(b"END A-ASSOCIATE-RQ")) + 1]
    contexts = whole[whole.find(b"  Context ID") : whole.find(b"Requested Extended")]
    many = contexts * (400_000 // len(contexts))
    return b"".join(
        whole.replace(contexts, many.replace(b"Syntax: =", b"Syntax: =%d" % at)) for at in range(size // 400_000)
    )


def seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def ratio(work: Callable[[bytes], object], make: Callable[[int], bytes], tries: int = 3) -> float:
    """How much longer ten times the input takes; the best of a few tries, as something else may disturb it.

    Where that takes so little that it is less than ``MOST`` in any case, the smaller input is not measured.
    Where that is much, it may be a step (a line that is too long to be read at once is read in another way), which is no
    growth: then what twice as much takes tells how it goes on.
    """
    found = []
    for _ in range(tries):
        little, much = make(SMALL), make(TIMES * SMALL)
        large = seconds(lambda: work(much))  # noqa: B023 - used at once
        if large < MOST * LEAST:
            return large / LEAST
        small = min(seconds(lambda: work(little)) for _ in range(3))  # noqa: B023
        found.append(large / max(small, LEAST))
        if found[-1] >= MOST:
            twice = seconds(lambda: work(make(2 * TIMES * SMALL)))
            found.append(TIMES ** math.log2(twice / large))
        if found[-1] < MOST:
            break
    return min(found)


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    """What is made once, as patterns and templates are, must not count."""
    load_patterns()
    render_text(diagnosed(SAMPLES[0].read_bytes()), verbose=True)


def diagnose_and_render(data: bytes) -> None:
    found = diagnosed(data)
    render_text(found, verbose=True)
    render_markdown(found)


@pytest.mark.parametrize("name", SHAPES)
def test_diagnosing_is_linear(name: str) -> None:
    assert ratio(diagnose_and_render, SHAPES[name]) < MOST


@pytest.mark.parametrize("name", SHAPES)
def test_redacting_is_linear(name: str) -> None:
    assert ratio(redact, SHAPES[name]) < MOST


@pytest.mark.parametrize("make", [long_lines, long_dumps])
def test_less_than_half_of_long_lines_and_dumps_is_kept(make: Callable[[int], bytes]) -> None:
    size, peaks = 2_000_000, []
    for times in (1, 4):
        log = make(times * size)
        tracemalloc.start()
        diagnosed(log)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 3 * size / 2


@pytest.mark.parametrize(("power", "is_seen"), [(1, False), (2, True)])
def test_a_quadratic_shape_would_be_seen(power: int, is_seen: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0

    def work(data: bytes) -> None:
        nonlocal now
        now += (len(data) / SMALL) ** power

    monkeypatch.setattr(time, "process_time", lambda: now)
    assert (ratio(work, again(b"x")) > MOST) is is_seen
