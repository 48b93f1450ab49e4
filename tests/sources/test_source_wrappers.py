"""Every wrapper gives back exactly the clean log's lines, with the numbers of the file as given."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Sequence

import pytest

from loganalyzer.sources.opening import open_files
from loganalyzer.sources.options import ReadOptions
from loganalyzer.sources.wrappers import input_formats
from loganalyzer.sources.wrappers.detection import detect
from tests.sources.reading_back import ECHO, ODD_AETS, PEER, SAMPLES, Everything, clean_lines, data_of, lines_of, read
from tests.sources.wrapping import EPOCH, WRAPS, Wrapped, compose_interleaved, stamp

ENCODINGS = (
    ("utf-8", "\n"),
    ("utf-8-sig", "\n"),
    ("utf-8", "\r\n"),
    ("utf-16", "\r\n"),
    ("utf-16-be", "\n"),
    ("utf-8", "\r"),
)
PEERS = sorted(SAMPLES[0].parents[1].glob("*/peer*.log"))
SHARES = 7


def check(wrapped: Wrapped, lines: Sequence[bytes], everything: Everything) -> None:
    found = everything.only
    assert found.log.wrapper == wrapped.wrapper
    assert not wrapped.stream or found.log.name.endswith(f"[{wrapped.stream}]")
    expected = dict(zip(wrapped.numbers, lines, strict=True))
    wrong = {number: line for number, line in found.lines if number in expected and expected[number] != line}
    assert wrong == {}
    numbers = [number for number, _ in found.lines]
    assert numbers == sorted(numbers)
    assert [number for number in numbers if number in expected] == list(wrapped.numbers)
    assert everything.problems == []
    assert found.problems == []


@pytest.mark.parametrize("name", WRAPS)
def test_the_clean_lines_come_back(name: str) -> None:
    """Each wrapper takes a share of all sample logs, so that each log is wrapped several times."""
    share = list(WRAPS).index(name) % SHARES
    for path in SAMPLES[share::SHARES]:
        lines = clean_lines(path)
        wrapped = WRAPS[name](lines)
        check(wrapped, lines, read(wrapped.data))


@pytest.mark.parametrize(("encoding", "end"), ENCODINGS)
@pytest.mark.parametrize("name", [name for name in WRAPS if name != "journal_export"])
def test_in_every_encoding(name: str, encoding: str, end: str) -> None:
    index = list(WRAPS).index(name) * len(ENCODINGS) + ENCODINGS.index((encoding, end))
    lines = clean_lines(SAMPLES[index % len(SAMPLES)])
    wrapped = WRAPS[name](lines)
    check(wrapped, lines, read(wrapped.data.decode().replace("\n", end).encode(encoding)))


@pytest.mark.parametrize("name", WRAPS)
def test_in_small_blocks(name: str) -> None:
    lines = clean_lines(ODD_AETS)
    wrapped = WRAPS[name](lines)
    for size in (61, 4099):
        check(wrapped, lines, read(wrapped.data, block_size=size))


@pytest.mark.parametrize("name", WRAPS)
def test_forced(name: str) -> None:
    lines = clean_lines(ECHO)
    wrapped = WRAPS[name](lines)
    assert read(wrapped.data, input_format=wrapped.wrapper).only.lines == read(wrapped.data).only.lines
    unpeeled = read(wrapped.data, input_format="plain").only
    assert unpeeled.log.wrapper == "plain"
    assert unpeeled.log.state.lines == wrapped.data.count(b"\n")


@pytest.mark.parametrize("name", WRAPS)
def test_a_piece_from_the_middle(name: str) -> None:
    """Pasted pieces have few lines, and begin and end anywhere."""
    lines = clean_lines(ECHO)
    start = next(index for index, line in enumerate(lines) if b"Association Received" in line)
    piece = lines[start : start + 12]
    wrapped = WRAPS[name](piece)
    check(wrapped, piece, read(wrapped.data))


def test_the_only_line() -> None:
    line = next(line for line in clean_lines(ECHO) if b"Association Received" in line)
    for name, wrap in WRAPS.items():
        everything = read(wrap([line]).data)
        assert line in everything.only.texts, name


@pytest.mark.parametrize("share", range(4))
def test_no_clean_log_is_taken_for_a_wrapped_one(share: int) -> None:
    for path in SAMPLES[share::4]:
        found = read(path.read_bytes()).only
        assert found.log.wrapper == "plain", path
        assert found.log.wrapper_score > 0.9, path
        assert found.texts == path.read_bytes().split(b"\n")[:-1], path


def test_no_log_of_a_peer_is_taken_for_a_wrapped_one() -> None:
    assert len(PEERS) > 100
    for path in PEERS:
        for found in read(path.read_bytes()).logs:
            assert found.log.wrapper == "plain", path
            # DCMTK shows the NUL byte that pads a UID as it is.
            data = path.read_bytes().replace(b"\0", b"")
            assert found.texts == data.split(b"\n")[: len(found.texts)], path


def test_interleaved_containers_are_kept_apart() -> None:
    lines, other = clean_lines(ECHO), clean_lines(PEER)
    wrapped = compose_interleaved(lines, other)
    for size in (100, 1 << 18):
        orthanc, peer = read(wrapped.data, block_size=size).logs
        assert orthanc.log.name == "orthanc.log [lab-orthanc-1]"
        assert orthanc.lines == list(zip(wrapped.numbers, lines, strict=True))
        assert peer.log.name == "orthanc.log [lab-peer-1]"
        assert peer.texts == other[: len(peer.texts)]
        assert len(peer.texts) > 20
        assert orthanc.log.state.dropped_lines == 1
        assert orthanc.log.state.lines + peer.log.state.lines + 1 == wrapped.data.count(b"\n")
        assert orthanc.log.state.sha256 == peer.log.state.sha256 is not None


def test_streams_may_be_passed_over() -> None:
    """Whoever does not read the first stream still gets the second one whole."""
    lines, other = clean_lines(ECHO), clean_lines(PEER)
    wrapped = compose_interleaved(lines, other)
    expected = read(wrapped.data).logs[1].lines
    opened = open_files([("x.log", io.BytesIO(wrapped.data))], ReadOptions(block_size=1000))
    next(opened)
    second = next(opened)
    assert lines_of(second) == expected


def test_waiting_streams_are_bounded() -> None:
    lines, other = clean_lines(ECHO), clean_lines(PEER) * 50
    wrapped = compose_interleaved(lines * 5, other)
    orthanc, peer = read(wrapped.data, max_buffer=500, block_size=4096).logs
    assert orthanc.texts == lines * 5
    assert peer.texts == other[: len(peer.texts)]
    (problem,) = peer.log.state.problems
    assert problem.incomplete
    assert "lines of lab-peer-1 were left out" in problem.what
    assert peer.log.state.dropped_lines > 0


def test_more_streams_than_are_kept_apart() -> None:
    line = clean_lines(ECHO)[0]
    data = b"".join(b"container%d  | " % index + line + b"\n" for index in range(3000))
    found = read(data)
    assert len(found.logs) == 200
    assert "were left out" in " ".join(found.logs[0].problems)
    assert found.logs[0].log.state.dropped_lines == 2800


def test_a_cut_name_at_the_beginning_is_the_name() -> None:
    lines = clean_lines(ECHO)
    data = WRAPS["compose_2_coloured"](lines).data.replace(b"\x1b[36m", b"").replace(b"\x1b[0m", b"")
    found = read(data[3:]).only
    assert found.log.name == "orthanc.log [orthanc-1]"
    assert found.texts == lines


def test_lines_of_nobody_stay_where_they_stand() -> None:
    lines = clean_lines(ECHO)
    data = b"".join(b"orthanc-1  | " + line + b"\n" for line in lines[:50]) + b"--> here it hangs\n"
    data += b"".join(b"orthanc-1  | " + line + b"\n" for line in lines[50:])
    assert read(data).only.texts == [*lines[:50], b"--> here it hangs", *lines[50:]]


def test_two_quotations_of_different_depth() -> None:
    lines = clean_lines(ECHO)
    headers = [line for line in lines if line[:1] in b"IWET" and line[1:5].isdigit()][:20]
    data = b"".join(b"> " + line + b"\n" for line in headers[:10]) + b"".join(
        b"> > " + line + b"\n" for line in headers[10:]
    )
    assert read(data).only.texts == headers


def test_what_a_dump_contains_is_not_peeled_twice() -> None:
    """Real lines that begin as the wrapper does: quoted once, they keep their own sign."""
    lines = clean_lines(ECHO)
    inside = [*lines[:30], b"> " + lines[31], b"# " + lines[32], b"    " + lines[33], b"-- ", *lines[34:]]
    for sign in (b"> ", b"# ", b"    ", b"-- "):
        assert read(data_of([sign + line for line in inside])).only.texts == inside


def test_docker_terminal_output_has_carriage_returns() -> None:
    lines = clean_lines(ECHO)
    data = b"".join(
        json.dumps(
            {"log": line.decode() + "\r\n", "stream": "stdout", "time": "2024-01-27T13:53:19Z"}, separators=(",", ":")
        ).encode()
        + b"\n"
        for line in lines
    )
    assert read(data).only.lines == list(enumerate(lines, 1))


def test_of_a_damaged_json_line_the_text_stays() -> None:
    lines = clean_lines(ECHO)
    wrapped = WRAPS["docker_json"](lines).data.split(b"\n")[:-1]
    wrapped[10] = wrapped[10][:25]
    found = read(data_of(wrapped)).only
    assert found.texts == [*lines[:10], lines[10][: 25 - len('{"log":"')], *lines[11:]]


def test_wrapper_stamps_give_year_and_zone() -> None:
    for name in ("docker_stamps", "compose_stamped", "docker_json", "cri", "json_lines"):
        found = read(WRAPS[name](clean_lines(ECHO)).data).only.log
        assert (found.year, found.year_from, found.zone) == (2024, "wrapper", "+01:00"), name
    found = read(WRAPS["journal_export"](clean_lines(ECHO)).data).only.log
    assert (found.year, found.year_from, found.zone) == (2024, "wrapper", "UTC")


def test_unknown_input_format() -> None:
    with pytest.raises(ValueError, match="unknown input format 'exe'; known are plain, journald-export"):
        read(b"x\n", input_format="exe")
    assert "docker-compose" in input_formats()


def test_a_log_without_any_known_line_is_recognised_by_form_only_where_it_is_certain() -> None:
    prose = [b"the quick brown fox", b"| a | b |", b"# a heading", b"- a list", b"    indented", b"x | y"] * 20
    assert detect(data_of(prose)).name == "plain"
    assert detect(data_of([b"nginx_1  | " + line for line in prose])).name == "docker-compose"


def test_score_says_how_much_was_explained() -> None:
    lines = clean_lines(ECHO)
    assert read(data_of(lines)).only.log.wrapper_score == 1.0
    mixed = [b"> " + line for line in lines] + [b">>>> forwarded: " + line for line in lines[:40]]
    assert 0.5 < read(data_of(mixed)).only.log.wrapper_score < 1.0


def test_messages_of_several_lines_hang_in_a_journal() -> None:
    """``journalctl`` indents the further lines of one entry by the width of its prefix."""
    lines = clean_lines(ECHO)[:300]
    prefix = b"Nov 23 19:53:28 pacs-host orthanc[23170]: "
    wrapped = [(prefix if index % 5 == 0 else b" " * len(prefix)) + line for index, line in enumerate(lines)]
    for size in (100, 5000, 1 << 18):
        found = read(data_of(wrapped), block_size=size, input_format="syslog").only
        assert found.texts == lines


TRICKY = ["", "\\", "a\\", '"', '\\"', '","stream":"stderr","time":"1"}', '"}', "\\n", "\\\\n", "n", "é", "\U0001f600", "\u2028", "\t", '{"log":"',
          "<b> & \\u0041"]  # fmt: skip


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("shipper", ["docker", "journal", "other"])
def test_messages_that_look_like_json(shipper: str, ascii_only: bool) -> None:
    make = {
        "docker": lambda text: {"log": text + "\n", "stream": "stderr", "time": stamp(len(text))},
        "journal": lambda text: {"__REALTIME_TIMESTAMP": str(EPOCH + len(text)), "MESSAGE": text, "_PID": "1"},
        "other": lambda text: {"n": len(text), "labels": {"a": [1, "]"]}, "message": text, "level": "info"},
    }[shipper]
    head = [line.decode() for line in clean_lines(ECHO)[:20]]
    for at in range(len(TRICKY)):
        texts = [*head, *TRICKY[at:], *TRICKY[:at], *(TRICKY[at] for _ in TRICKY)]
        data = "".join(json.dumps(make(text), ensure_ascii=ascii_only) + "\n" for text in texts)
        assert read(data.encode()).only.texts == [text.encode() for text in texts]


@pytest.mark.parametrize("size", [700, 5000])
@pytest.mark.parametrize("end", ["", "\n"])
def test_messages_that_look_like_a_document_of_json(end: str, size: int) -> None:
    lines = [line.decode() for line in clean_lines(ECHO)[:80]]
    texts = [*lines[:40], *TRICKY, '{ "message": "no', '"message', *lines[40:], *TRICKY]
    events = [{"timestamp": EPOCH + at, "message": text + end, "name": "a"} for at, text in enumerate(texts)]
    data = json.dumps({"events": events}, indent=1).encode()
    assert read(data, block_size=size).only.texts == [text.encode() for text in texts]


@pytest.mark.parametrize("seed", range(20))
def test_a_torn_row_of_docker_costs_no_other_line(seed: int) -> None:
    """The end of a row is missing, with its line end or without: what was whole is whole, and nothing is added."""
    chance = random.Random(seed)
    lines = clean_lines(ECHO)
    rows = WRAPS["docker_json"](lines).data.split(b"\n")[:-1]
    at = chance.randrange(1, len(rows) - 1)
    torn = rows[at][: chance.randrange(1, len(rows[at]))]
    for data in (
        [*rows[:at], torn, *rows[at + 1 :]],
        [*rows[:at], torn + rows[at + 1], *rows[at + 2 :]],
        [*rows[:at], torn + bytes(99) + rows[at + 1], *rows[at + 2 :]],
    ):
        found = read(data_of(data)).only
        assert found.log.wrapper == "docker-json"
        assert found.texts[:at] == lines[:at]
        left = found.texts[at : len(found.texts) - len(lines) + at + 1]
        assert len(left) <= 1
        assert found.texts[at + len(left) :] == lines[at + 1 :]
        assert not left or lines[at].startswith(left[0]) or torn.startswith(left[0])
