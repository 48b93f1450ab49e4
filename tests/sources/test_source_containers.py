"""Compressed files and archives: what is in them, what is left of damaged ones, and what bounds them."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import lzma
import os
import random
import struct
import subprocess
import sys
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import datetime

import pytest

from loganalyzer.sources.opening import open_files
from loganalyzer.sources.options import ReadOptions
from tests.packing import tarred, zipped
from tests.sources.reading_back import ECHO, ODD_AETS, SAMPLES, clean_lines, data_of, drained, read
from tests.sources.wrapping import WRAPS

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LOG = ECHO.read_bytes()
LINES = list(enumerate(LOG.split(b"\n")[:-1], 1))
OTHER = ODD_AETS.read_bytes()


def streamed_zip(members: dict[str, bytes]) -> bytes:
    """Sizes come after the data, as zip writes it to a pipe."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise io.UnsupportedOperation

        def tell(self) -> int:
            raise io.UnsupportedOperation

    out = Pipe()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


ONE: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstd.compress,
    "zip": lambda data: zipped({"orthanc.log": data}),
    "zip-stored": lambda data: zipped({"orthanc.log": data}, zipfile.ZIP_STORED),
    "zip-bzip2": lambda data: zipped({"orthanc.log": data}, zipfile.ZIP_BZIP2),
    "zip-streamed": lambda data: streamed_zip({"orthanc.log": data}),
    "tar": lambda data: tarred({"orthanc.log": data}),
    "tar-gnu": lambda data: tarred({"logs/" + "x" * 120 + ".log": data}, tarfile.GNU_FORMAT),
    "tar.gz": lambda data: gzip.compress(tarred({"orthanc.log": data})),
    "tar.zst": lambda data: zstd.compress(tarred({"orthanc.log": data})),
    "zip in tar.xz": lambda data: lzma.compress(tarred({"logs.zip": zipped({"orthanc.log": data})})),
    "gz in zip": lambda data: zipped({"orthanc.log.gz": gzip.compress(data)}),
    "tar.bz2 in zip": lambda data: zipped({"logs.tar.bz2": bz2.compress(tarred({"orthanc.log": data}))}),
    "zip in zip": lambda data: zipped({"logs.zip": zipped({"orthanc.log": data})}),
    "gz in gz": lambda data: gzip.compress(gzip.compress(data)),
}


@pytest.mark.parametrize("form", ONE)
def test_each_container(form: str) -> None:
    everything = read(ONE[form](LOG), "given")
    assert everything.only.lines == LINES
    assert everything.only.log.state.bytes == len(LOG)
    assert everything.problems == []
    assert everything.only.problems == []


@pytest.mark.parametrize("form", ONE)
@pytest.mark.parametrize("wrap", ["compose_stamped", "docker_json", "journal_export", "quote_twice"])
def test_wrapped_logs_in_each_container(form: str, wrap: str) -> None:
    path = SAMPLES[(list(ONE).index(form) * 5 + len(wrap)) % len(SAMPLES)]
    lines = clean_lines(path)
    wrapped = WRAPS[wrap](lines)
    found = dict(read(ONE[form](wrapped.data), "given", block_size=9973).only.lines)
    assert [found[number] for number in wrapped.numbers] == lines


def test_names_say_where_a_log_was() -> None:
    data = zipped({"site/logs.tar.gz": gzip.compress(tarred({"a/orthanc.log": LOG, "b/orthanc.log": OTHER}))})
    names = [found.log.name for found in read(data, "all.zip").logs]
    assert names == ["all.zip!site/logs.tar.gz!a/orthanc.log", "all.zip!site/logs.tar.gz!b/orthanc.log"]


def test_file_times_of_members() -> None:
    for data in (zipped({"x.log": LOG}), tarred({"x.log": LOG})):
        log = read(data).only.log
        assert (log.year, log.year_from) == (2024, "file-time")
    dated = bytearray(gzip.compress(LOG))
    dated[4:8] = struct.pack("<I", int(datetime(2021, 12, 1).timestamp()))
    assert read(bytes(dated)).only.log.year == 2021
    assert read(gzip.compress(LOG, mtime=0)).only.log.year_from == "none"


@pytest.mark.parametrize("form", ["gz", "bz2", "xz", "zst"])
def test_several_members_one_after_the_other(form: str) -> None:
    data = ONE[form](LOG) + ONE[form](LOG)
    assert read(data).only.texts == (LOG + LOG).split(b"\n")[:-1]
    padded = read(data + bytes(4000)).only
    assert padded.problems == []
    followed = read(data + b"something else").only
    assert followed.texts == padded.texts
    assert "follows its" in followed.problems[0]


@pytest.mark.parametrize("form", ["gz", "bz2", "xz", "zst", "tar", "tar.gz", "zip", "zip-stored", "zip-streamed"])
def test_cut_off_everywhere(form: str) -> None:
    """Whatever is there is read, and what is missing is told."""
    data = ONE[form](LOG)
    for length in sorted({1, 3, 8, 300, 511, 513, len(data) // 3, len(data) // 2, len(data) - 1}):
        everything = read(data[:length])
        texts = [text for found in everything.logs for text in found.texts]
        problems = everything.what + [what for found in everything.logs for what in found.problems]
        # A file of few bytes shows no form: what it has is read as a text, or it is called binary.
        # A tar archive ends with zeros that nobody misses.
        assert problems or length < 512 or texts == LOG.split(b"\n")[:-1]
        if form in ("tar", "zip-stored") and length > 1000:
            assert len(b"\n".join(texts)) > min(length, len(LOG)) - 1600
        if form in ("gz", "tar.gz", "zip", "zip-streamed") and length > len(data) // 4:
            assert len(texts) > 5
        assert LOG.startswith(b"\n".join(texts)[:-1]) or length < 512


@pytest.mark.parametrize("form", ONE)
def test_damage_never_raises(form: str) -> None:
    data = ONE[form](LOG)
    chance = random.Random(form)
    for _ in range(60):
        damaged = bytearray(data)
        for _ in range(chance.choice((1, 1, 4, 40))):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        everything = read(bytes(damaged), max_bytes=50 << 20, max_buffer=50 << 20)
        problems = everything.what + [what for found in everything.logs for what in found.problems]
        same = any(found.texts == LOG.split(b"\n")[:-1] for found in everything.logs)
        assert same or problems or everything.logs


def test_checksums_are_checked() -> None:
    data = bytearray(zipped({"x.log": LOG}, zipfile.ZIP_STORED))
    data[data.index(b"Orthanc version")] ^= 1
    found = read(bytes(data)).only
    assert len(found.texts) == len(LINES)
    assert "its checksum is wrong" in found.problems[0]
    data = bytearray(gzip.compress(LOG))
    data[-7] ^= 1
    found = read(bytes(data)).only
    assert len(found.texts) == len(LINES)
    assert "its gzip data is damaged" in found.problems[0]


def test_zip_without_directory_is_salvaged() -> None:
    data = zipped({"a.log": LOG, "b.log": OTHER})
    everything = read(data[: data.index(b"PK\x01\x02")])
    assert [found.texts for found in everything.logs] == [LOG.split(b"\n")[:-1], OTHER.split(b"\n")[:-1]]
    assert "damaged" in everything.what[0]
    assert everything.problems[0].incomplete


def test_a_zip_of_signatures_alone_is_read_about_once() -> None:
    class Counting(io.BytesIO):
        given = 0

        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size)
            self.given += len(data)
            return data

    file = Counting(b"PK\x03\x04" * 50_000)
    opened = open_files([("a.zip", file)])
    assert not list(opened)
    assert "damaged" in opened.problems[0].what
    assert file.given < 3 * len(file.getbuffer())


def test_encrypted_member() -> None:
    data = bytearray(zipped({"a.log": LOG, "b.log": OTHER}))
    local, central = data.index(b"PK\x03\x04"), data.index(b"PK\x01\x02")
    data[local + 6] |= 1
    data[central + 8] |= 1
    everything = read(bytes(data), "all.zip")
    assert everything.only.log.name == "all.zip!b.log"
    (problem,) = everything.problems
    assert (problem.where, problem.incomplete) == ("all.zip!a.log", True)
    assert "encrypted" in problem.what


def test_unsupported_method() -> None:
    data = bytearray(zipped({"a.log": LOG}))
    data[data.index(b"PK\x03\x04") + 8] = 9
    data[data.index(b"PK\x01\x02") + 10] = 9
    assert "method that is not supported (9)" in read(bytes(data)).what[0]


@pytest.mark.parametrize(
    ("magic", "what"),
    [
        (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
        (b"Rar!\x1a\x07\x01\x00", "RAR"),
        (b"LPKSHHRH", "journalctl -o export"),
        (b"SQLite format 3\x00", "SQLite"),
        (bytes(128) + b"DICM", "DICOM"),
        (b"\x89PNG\r\n\x1a\n", "image"),
        (bytes(range(256)) * 4, "binary"),
    ],
)
def test_what_is_no_log_is_named(magic: bytes, what: str) -> None:
    everything = read(magic + bytes(200))
    assert everything.logs == []
    assert what in everything.what[0]
    inside = read(zipped({"x.bin": magic + bytes(200), "orthanc.log": LOG}), "all.zip")
    assert inside.only.lines == LINES
    assert inside.skipped == ["all.zip!x.bin"]


def test_what_is_evidently_no_log_is_skipped_in_archives() -> None:
    members = {
        "orthanc.json": b'{\n  "Name": "x"\n}\n',
        "notes.html": b"<p>hello</p>\n",
        "__MACOSX/._x.log": b"x",
        "x.log": LOG,
    }
    everything = read(zipped(members), "all.zip")
    assert everything.only.log.name == "all.zip!x.log"
    assert sorted(everything.skipped) == ["all.zip!__MACOSX/._x.log", "all.zip!notes.html", "all.zip!orthanc.json"]


def test_a_log_is_read_whatever_its_name() -> None:
    wrapped = WRAPS["docker_json"](clean_lines(ECHO)).data
    everything = read(zipped({"container.json": wrapped, "page.html": LOG}))
    assert len(everything.logs) == 2


def test_rotated_logs_in_a_zip_are_in_order() -> None:
    names = ["Orthanc.log.20240102-000000.7", "Orthanc.log.20231231-235959.12", "Orthanc.log.20231231-235959.9"]
    logs = read(zipped(dict.fromkeys(names, LOG))).logs
    assert [found.log.name.partition("!")[2] for found in logs] == [names[2], names[1], names[0]]
    assert logs[0].log.started == datetime(2023, 12, 31, 23, 59, 59)


# Limits


def test_bomb_by_ratio() -> None:
    bomb = gzip.compress(LOG[:1000] + bytes(300 << 20))
    tracemalloc.start()
    everything = read(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "max_ratio" in everything.only.problems[0]
    assert peak < 20 << 20


@pytest.mark.parametrize("make", [gzip.compress, bz2.compress, lzma.compress, lambda data: zipped({"x.log": data})])
def test_bound_on_expanded_bytes(make: Callable[[bytes], bytes]) -> None:
    everything = read(make(LOG * 50), max_bytes=400_000)
    found = everything.only
    assert 100_000 < found.log.state.bytes <= 400_000
    assert "max_bytes" in found.problems[0]


def test_the_bound_holds_for_all_members_together() -> None:
    data = zipped({f"{index}.log": LOG for index in range(20)})
    everything = read(data, max_bytes=len(LOG) * 3 + 100, block_size=1000)
    assert len(everything.logs) in (3, 4)
    assert sum(found.log.state.bytes for found in everything.logs) <= len(LOG) * 3 + 100
    assert "max_bytes" in everything.what[-1]
    assert len(everything.what) == 1


def test_bound_on_members() -> None:
    for make in (zipped, tarred):
        everything = read(make({f"{index:03}.log": LOG[:2000] for index in range(30)}), max_members=10)
        assert len(everything.logs) == 10
        assert "max_members" in everything.what[0]


def test_bound_on_depth() -> None:
    data = LOG
    for _ in range(7):
        data = gzip.compress(data)
    everything = read(data)
    assert everything.logs == []
    assert "max_depth" in everything.what[0]
    assert read(data, max_depth=7).only.lines == LINES


def test_bound_on_time() -> None:
    everything = read(gzip.compress(LOG * 50), max_seconds=1e-9)
    assert "max_seconds" in (everything.what + [what for found in everything.logs for what in found.problems])[0]


def test_bound_on_an_archive_in_memory() -> None:
    data = tarred({"a.zip": zipped({"x.log": os.urandom(200_000)}), "b.log": LOG})
    everything = read(data, max_buffer=100_000)
    assert everything.only.lines == LINES
    assert "max_buffer" in everything.what[0]


def test_tar_header_that_claims_gigabytes() -> None:
    info = tarfile.TarInfo("././@PaxHeader")
    info.type, info.size = tarfile.XHDTYPE, 8 << 30
    tracemalloc.start()
    everything = read(info.tobuf(tarfile.GNU_FORMAT) + bytes(2000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert everything.logs == []
    assert everything.problems[0].incomplete
    assert peak < 20 << 20


def test_links_and_devices_in_tar() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo("Orthanc.log.20240102-000000.7")
        info.size = len(LOG)
        archive.addfile(info, io.BytesIO(LOG))
        for name, kind in (
            ("Orthanc.log", tarfile.SYMTYPE),
            ("../../etc/x", tarfile.LNKTYPE),
            ("pipe", tarfile.FIFOTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "Orthanc.log.20240102-000000.7"
            archive.addfile(info)
    everything = read(out.getvalue(), "x.tar")
    assert everything.only.lines == LINES
    (problem,) = everything.problems
    assert (problem.where, problem.incomplete) == ("x.tar!pipe", False)


def test_hostile_names_are_shown_as_escapes() -> None:
    everything = read(tarred({"a\nW1123 16:00:00.000000 x.cpp:1] forged\x1b[31m.log": LOG}), "x.tar")
    assert everything.only.log.name == "x.tar!a\\nW1123 16:00:00.000000 x.cpp:1] forged\\x1b[31m.log"


def test_a_log_not_read_in_its_turn_does_not_harm_the_next() -> None:
    for make in (zipped, tarred, lambda members: gzip.compress(tarred(members))):
        opened = open_files([("x", io.BytesIO(make({"a.log": LOG, "b.log": OTHER})))], ReadOptions())
        next(opened)
        assert drained(opened).only.texts == OTHER.split(b"\n")[:-1]


DUMPS = {"xxd": ("xxd",), "hexdump -C": ("hexdump", "-C"), "od -c": ("od", "-c"), "od -t x1": ("od", "-t", "x1")}


def dumped(name: str, data: bytes) -> bytes:
    return subprocess.run(DUMPS[name], input=data, capture_output=True, check=True).stdout


@pytest.mark.parametrize("name", DUMPS)
def test_a_dump_is_read_to_the_byte(name: str) -> None:
    for size in range(len(LOG) - 20, len(LOG)):
        everything = read(dumped(name, LOG[:size]))
        assert data_of(everything.only.texts).startswith(LOG[:size])
        (what,) = everything.what
        assert what.endswith("line numbers are those of the log in it")


def test_rows_that_are_repeated_are_read() -> None:
    data = LOG + b"=" * 4096 + b"\n" + OTHER
    for name in DUMPS:
        dump = dumped(name, data)
        assert (b"\n*\n" in dump) == (name != "xxd")
        assert data_of(read(dump).only.texts) == data


@pytest.mark.parametrize("peer", ["fo-dicom-server", "dcm4che-tool", "storescu-verbose"])
def test_a_dump_of_another_program_s_log(peer: str) -> None:
    log = (SAMPLES[0].parents[1] / "peers" / peer / "peer.log").read_bytes()
    everything = read(dumped("hexdump -C", log))
    assert everything.only.texts == read(log).only.texts


def test_a_dump_with_missing_rows_is_told() -> None:
    rows = dumped("xxd", LOG).split(b"\n")
    everything = read(b"\n".join(rows[:100] + rows[110:]))
    assert len(everything.only.texts) < len(LINES)
    assert [problem.incomplete for problem in everything.problems] == [True]
    assert "parts of it that are missing or damaged: 1" in everything.what[0]


def test_a_dump_is_bounded() -> None:
    """A ``*`` may stand for any number of bytes."""
    rows = dumped("hexdump -C", LOG).split(b"\n")
    bomb = b"\n".join([*rows[:-2], b"*", b"ffffffffffff"])
    tracemalloc.start()
    everything = read(bomb, max_bytes=1 << 20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert any("max_bytes" in what for what in [*everything.what, *everything.only.problems])
    assert peak < 50 << 20


def test_other_base64_stays_text() -> None:
    """A key, a certificate, a picture: what it is does not matter, as it is no log."""
    data = base64.encodebytes(random.Random(1).randbytes(5000))
    everything = read(data)
    assert data_of(everything.only.texts) == data
    assert everything.what == []
