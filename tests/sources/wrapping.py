"""Wraps the lines of a real log in the ways people bring them, each by its documented format."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ZONE = timezone(timedelta(hours=1))
START = datetime(2024, 11, 23, 13, 53, 19, 123456, tzinfo=ZONE)
EPOCH = int(START.timestamp() * 1000)
HOST = "qxhostname"


@dataclass(frozen=True)
class Wrapped:
    """A wrapped log. ``numbers``: the line of ``data`` on which each line of the clean log stands."""

    data: bytes
    numbers: Sequence[int]
    wrapper: str
    stream: str = ""


def stamp(index: int) -> str:
    """RFC 3339 with nanoseconds, as Docker writes it."""
    moment = START + timedelta(milliseconds=index)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f000") + "+01:00"


def each(lines: Sequence[bytes], make: Callable[[int, bytes], bytes], wrapper: str, stream: str = "") -> Wrapped:
    data = b"".join(make(index, line) + b"\n" for index, line in enumerate(lines))
    return Wrapped(data, range(1, len(lines) + 1), wrapper, stream)


def plain(lines: Sequence[bytes]) -> Wrapped:
    return each(lines, lambda _, line: line, "plain")


def compose_1(lines: Sequence[bytes]) -> Wrapped:
    head = b"Starting lab_orthanc_1 ... done\nAttaching to lab_orthanc_1\n"
    data = head + b"".join(b"orthanc_1  | " + line + b"\n" for line in lines) + b"lab_orthanc_1 exited with code 255\n"
    return Wrapped(data, range(3, len(lines) + 3), "docker-compose", "orthanc_1")


def compose_1_coloured(lines: Sequence[bytes]) -> Wrapped:
    return each(lines, lambda _, line: b"\x1b[36morthanc_1  |\x1b[0m " + line, "docker-compose", "orthanc_1")


def compose_2_coloured(lines: Sequence[bytes]) -> Wrapped:
    return each(lines, lambda _, line: b"\x1b[36morthanc-1  | \x1b[0m" + line, "docker-compose", "orthanc-1")


def compose_lost_escape(lines: Sequence[bytes]) -> Wrapped:
    wrapper = "colours+docker-compose"
    return each(lines, lambda _, line: b"[36morthanc-1  | [0m" + line, wrapper, "orthanc-1")


def compose_trimmed(lines: Sequence[bytes]) -> Wrapped:
    """An editor removed the blank at the end of empty messages."""

    def make(_: int, line: bytes) -> bytes:
        return b"orthanc-1  | " + line if line else b"orthanc-1  |"

    return each(lines, make, "docker-compose", "orthanc-1")


def compose_stamped(lines: Sequence[bytes]) -> Wrapped:
    return each(
        lines,
        lambda index, line: f"orthanc-1  | {stamp(index)} ".encode() + line,
        "docker-compose+timestamps",
        "orthanc-1",
    )


def compose_interleaved(lines: Sequence[bytes], other: Sequence[bytes]) -> Wrapped:
    """Another container writes a few lines after every third line."""
    out: list[bytes] = [b"Attaching to lab-orthanc-1, lab-peer-1"]
    numbers = []
    place = 0
    for index, line in enumerate(lines):
        out.append(b"lab-orthanc-1  | " + line)
        numbers.append(len(out))
        if index % 3 == 2:
            out += [b"lab-peer-1     | " + text for text in other[place : place + index % 4]]
            place += index % 4
    return Wrapped(b"\n".join(out) + b"\n", numbers, "docker-compose", "lab-orthanc-1")


def docker_stamps(lines: Sequence[bytes]) -> Wrapped:
    return each(lines, lambda index, line: stamp(index).encode() + b" " + line, "timestamps")


def docker_json(lines: Sequence[bytes]) -> Wrapped:
    """Docker's json-file driver: Go's encoder escapes <, > and &, and bytes that are no UTF-8 are replaced."""

    def make(index: int, line: bytes) -> bytes:
        text = json.dumps(line.decode("utf-8", "replace") + "\n", ensure_ascii=False)
        text = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
        return f'{{"log":{text},"stream":"stderr","time":"{stamp(index)}"}}'.encode()

    return each(lines, make, "docker-json")


def docker_json_in_parts(lines: Sequence[bytes]) -> Wrapped:
    """Docker cuts lines at 16 KiB; here at 60 bytes, so that real logs have such lines."""
    out: list[str] = []
    numbers = []
    for line in lines:
        numbers.append(len(out) + 1)
        text = line.decode("utf-8", "replace") + "\n"
        for start in range(0, len(text), 60):
            part = json.dumps(text[start : start + 60])
            out.append(f'{{"log":{part},"stream":"stderr","time":"{stamp(len(out))}"}}')
    return Wrapped("\n".join(out).encode() + b"\n", numbers, "docker-json")


def cri(lines: Sequence[bytes]) -> Wrapped:
    return each(lines, lambda index, line: f"{stamp(index)} stderr F ".encode() + line, "cri")


def cri_in_parts(lines: Sequence[bytes]) -> Wrapped:
    """Parts of lines of standard error, with whole lines of nothing on standard output between them."""
    out: list[bytes] = []
    numbers = []
    for line in lines:
        numbers.append(len(out) + 1)
        parts = [line[start : start + 60] for start in range(0, len(line), 60)] or [b""]
        for index, part in enumerate(parts):
            tag = b"F" if index == len(parts) - 1 else b"P"
            out.append(stamp(len(out)).encode() + b" stderr " + tag + b" " + part)
    return Wrapped(b"\n".join(out) + b"\n", numbers, "cri")


def kubectl(lines: Sequence[bytes]) -> Wrapped:
    return each(lines, lambda _, line: b"[pod/orthanc-0/orthanc] " + line, "kubectl", "orthanc-0/orthanc")


def json_lines(lines: Sequence[bytes]) -> Wrapped:
    """As log shippers write it: more fields, in any order."""

    def make(index: int, line: bytes) -> bytes:
        fields = {"@timestamp": stamp(index), "host": {"name": HOST}, "kubernetes": {"container_name": "orthanc"}}
        return json.dumps(fields | {"message": line.decode("utf-8", "replace"), "level": "info"}).encode()

    return each(lines, make, "json-lines", "orthanc")


def journal_json(lines: Sequence[bytes]) -> Wrapped:
    """``journalctl -o json``: all values are strings, those that are not printable UTF-8 lists of bytes."""

    def make(index: int, line: bytes) -> bytes:
        fields: dict[str, object] = {
            "__CURSOR": f"s=1;i={index}",
            "__REALTIME_TIMESTAMP": str(1732366399123456 + index),
        }
        message = line.decode() if _is_printable(line) else list(line)
        own = {
            "_TRANSPORT": "stdout",
            "_HOSTNAME": HOST,
            "MESSAGE": message,
            "SYSLOG_IDENTIFIER": "orthanc",
            "_PID": "12",
        }
        return json.dumps(fields | own).encode()

    return each(lines, make, "journald-json", "orthanc")


def syslog(lines: Sequence[bytes]) -> Wrapped:
    """RFC 3164, as rsyslog writes files by its traditional format."""

    def make(index: int, line: bytes) -> bytes:
        moment = START + timedelta(milliseconds=index)
        return moment.strftime(f"%b %d %H:%M:%S {HOST} orthanc[4711]: ").encode() + line

    return each(lines, make, "syslog", "orthanc")


def syslog_5424(lines: Sequence[bytes]) -> Wrapped:
    """RFC 5424, as rsyslog writes files by ``RSYSLOG_SyslogProtocol23Format``."""

    def make(index: int, line: bytes) -> bytes:
        moment = (START + timedelta(milliseconds=index)).isoformat()
        return f"<30>1 {moment} {HOST} orthanc 4711 - - ".encode() + line

    return each(lines, make, "syslog", "orthanc")


def journal_short_iso(lines: Sequence[bytes]) -> Wrapped:
    """``journalctl -o short-iso``; ``-o short`` is as ``syslog``."""

    def make(index: int, line: bytes) -> bytes:
        moment = START + timedelta(milliseconds=index)
        return moment.strftime(f"%Y-%m-%dT%H:%M:%S%z {HOST} orthanc[4711]: ").encode() + line

    return each(lines, make, "syslog", "orthanc")


def journal_export(lines: Sequence[bytes]) -> Wrapped:
    """Journal Export Format; a value that is not printable UTF-8 is written with its length."""
    out: list[bytes] = []
    numbers, count = [], 0
    for index, line in enumerate(lines):
        numbers.append(count + 4)
        head = f"__CURSOR=s=1;i={index}\n__REALTIME_TIMESTAMP={1732366399123456 + index}\n_TRANSPORT=stdout\n".encode()
        if _is_printable(line):
            message = b"MESSAGE=" + line + b"\n"
        else:
            message = b"MESSAGE\n" + struct.pack("<Q", len(line)) + line + b"\n"
        out.append(head + message + b"SYSLOG_IDENTIFIER=orthanc\n_PID=12\n\n")
        count += out[-1].count(b"\n")
    return Wrapped(b"".join(out), numbers, "journald-export", "orthanc")


def _is_printable(line: bytes) -> bool:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return all(letter.isprintable() or letter == "\t" for letter in text)


def json_document(lines: Sequence[bytes]) -> Wrapped:
    """As the AWS command line shows events of CloudWatch: one document over many lines."""
    events = [{"logStreamName": "orthanc/1", "timestamp": EPOCH + i, "message": line.decode("utf-8", "replace")}
              for i, line in enumerate(lines)]  # fmt: skip
    data = json.dumps({"events": events, "searchedLogStreams": []}, indent=4).encode() + b"\n"
    return Wrapped(data, range(6, 6 + 5 * len(lines), 5), "json", "orthanc/1")


def kibana_lines(lines: Sequence[bytes]) -> Wrapped:
    """Documents of Elasticsearch, one a line, with the message inside of ``_source``."""

    def make(index: int, line: bytes) -> bytes:
        source = {"@timestamp": stamp(index), "message": line.decode("utf-8", "replace"), "tags": ["docker"]}
        return json.dumps({"_index": "logs", "_id": str(index), "_source": source}).encode()

    return each(lines, make, "json")


def grafana_csv(lines: Sequence[bytes]) -> Wrapped:
    """Grafana's "Download logs" as CSV."""
    out = io.StringIO()
    table = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    table.writerow(["Date", "labels", "Line", "tsNs", "id"])
    for index, line in enumerate(lines):
        text = line.decode("utf-8", "surrogateescape")
        table.writerow([stamp(index), '{"container":"orthanc"}', text, str((EPOCH + index) * 10**6), f"{index}_x"])
    return Wrapped(out.getvalue().encode("utf-8", "surrogateescape"), range(2, len(lines) + 2), "csv", "orthanc")


def grafana_text(lines: Sequence[bytes]) -> Wrapped:
    """Grafana's "Download logs" as text."""
    head = b'Common labels: {"container":"orthanc"}\nLine limit: "1000 (61 displayed)"\n\n\n'
    rows = (f"{EPOCH + i}\t{stamp(i)}\t".encode() + line + b"\n" for i, line in enumerate(lines))
    return Wrapped(head + b"".join(rows), range(5, len(lines) + 5), "prefix")


EVENTS = "http://schemas.microsoft.com/win/2004/08/events/event"
OBJECTS = "http://schemas.microsoft.com/powershell/2004/04"


def event(index: int, line: bytes) -> bytes:
    """An event of Windows' log that a service without a catalogue of messages writes."""
    text = html.escape(line.decode("utf-8", "replace"), quote=False)
    made = (START + timedelta(milliseconds=index)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
    return (
        f"<Event xmlns='{EVENTS}'><System><Provider Name='Orthanc'/><EventID Qualifiers='0'>0</EventID>"
        f"<Level>4</Level><TimeCreated SystemTime='{made}'/><EventRecordID>{index}</EventRecordID>"
        f"<Channel>Application</Channel><Computer>{HOST}</Computer><Security/></System>"
        f"<EventData><Data>{text}</Data></EventData></Event>"
    ).encode()


def event_log(lines: Sequence[bytes]) -> Wrapped:
    """``wevtutil qe Application``: one event a line."""
    return each(lines, event, "xml", "Orthanc")


def clixml_text(text: str) -> str:
    """As MS-PSRP 2.2.5.3.2 has strings: what XML cannot hold, and an underscore that looks like that, by its number."""
    plain = re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)
    return html.escape(re.sub(r"[\x00-\x1f\x7f-\x9f]", lambda sign: f"_x{ord(sign[0]):04X}_", plain), quote=False)


def clixml(lines: Sequence[bytes]) -> Wrapped:
    """PowerShell's ``Export-Clixml`` of lines that are strings."""
    texts = (f"  <S>{clixml_text(line.decode('utf-8', 'replace'))}</S>\n" for line in lines)
    data = f'<Objs Version="1.1.0.1" xmlns="{OBJECTS}">\n{"".join(texts)}</Objs>\n'.encode()
    return Wrapped(data, range(2, len(lines) + 2), "xml")


def quote(lines: Sequence[bytes]) -> Wrapped:
    return each(lines, lambda _, line: b"> " + line, "quote")


def quote_twice(lines: Sequence[bytes]) -> Wrapped:
    """In a mail, with an answer above and blanks at line ends removed."""
    head = b"It still fails. What can I do?\n\n> On Monday, someone wrote:\n>\n"
    data = head + b"".join(b"> > " + line + b"\n" if line else b"> >\n" for line in lines)
    return Wrapped(data, range(5, len(lines) + 5), "quote")


def quoted_compose(lines: Sequence[bytes]) -> Wrapped:
    return each(lines, lambda _, line: b"> orthanc_1  | " + line, "quote+docker-compose", "orthanc_1")


def three_deep(lines: Sequence[bytes]) -> Wrapped:
    return each(
        lines,
        lambda index, line: f"> orthanc-1  | {stamp(index)} ".encode() + line,
        "quote+docker-compose+timestamps",
        "orthanc-1",
    )


def fence(lines: Sequence[bytes]) -> Wrapped:
    data = b"Hello, this is my log:\n\n```text\n" + b"".join(line + b"\n" for line in lines) + b"```\nThank you!\n"
    return Wrapped(data, range(4, len(lines) + 4), "markdown")


def fence_in_list(lines: Sequence[bytes]) -> Wrapped:
    data = b"1. Start\n2. See\n\n   ```\n" + b"".join(b"   " + line + b"\n" for line in lines) + b"   ```\n"
    return Wrapped(data, range(5, len(lines) + 5), "markdown+indent")


def indent(lines: Sequence[bytes]) -> Wrapped:
    return each(lines, lambda _, line: b"    " + line if line else line, "indent")


def shell_comment(lines: Sequence[bytes]) -> Wrapped:
    return each(lines, lambda _, line: b"# " + line if line else b"#", "comment")


def sql_comment(lines: Sequence[bytes]) -> Wrapped:
    return each(lines, lambda _, line: b"-- " + line, "comment")


def star_comment(lines: Sequence[bytes]) -> Wrapped:
    return each(lines, lambda _, line: b"         * " + line, "comment")


def grep_numbers(lines: Sequence[bytes]) -> Wrapped:
    return each(lines, lambda index, line: b"%d:" % (index + 1) + line, "prefix")


def cat_numbers(lines: Sequence[bytes]) -> Wrapped:
    return each(lines, lambda index, line: b"%6d\t" % (index + 1) + line, "prefix")


def terminal_stamps(lines: Sequence[bytes]) -> Wrapped:
    return each(lines, lambda index, line: b"[27.01.2024 13:53:%02d] " % (index % 60) + line, "prefix")


WRAPS: dict[str, Callable[[Sequence[bytes]], Wrapped]] = {
    make.__name__: make
    for make in (
        plain,
        compose_1,
        compose_1_coloured,
        compose_2_coloured,
        compose_lost_escape,
        compose_trimmed,
        compose_stamped,
        docker_stamps,
        docker_json,
        docker_json_in_parts,
        cri,
        cri_in_parts,
        kubectl,
        json_lines,
        journal_json,
        syslog,
        syslog_5424,
        journal_short_iso,
        journal_export,
        json_document,
        grafana_csv,
        event_log,
        clixml,
        quote,
        quote_twice,
        quoted_compose,
        three_deep,
        fence,
        fence_in_list,
        indent,
        shell_comment,
        sql_comment,
        star_comment,
        grep_numbers,
        cat_numbers,
        terminal_stamps,
    )
}


def hard_wrapped(lines: Sequence[bytes], width: int) -> Wrapped:
    """As a terminal shows them, in text (a console has columns of characters, not of bytes)."""
    out: list[str] = []
    numbers = []
    for line in lines:
        numbers.append(len(out) + 1)
        text = line.decode("utf-8", "replace")
        out += [text[start : start + width] for start in range(0, len(text), width)] or [""]
    return Wrapped("\n".join(out).encode() + b"\n", numbers, "hard-wrap")


def newest_first(lines: Sequence[bytes]) -> Wrapped:
    """As web consoles export what they show."""
    return Wrapped(b"\n".join(reversed(lines)) + b"\n", range(len(lines), 0, -1), "newest-first")


def web_page(lines: Sequence[bytes]) -> Wrapped:
    """The source of a page with the log."""
    rows = "".join(f"{html.escape(line.decode('utf-8', 'replace'))}<br>\n" for line in lines)
    return Wrapped(f"<html><body>\n{rows}</body></html>\n".encode(), range(2, len(lines) + 2), "html")


def no_break_spaces(lines: Sequence[bytes]) -> Wrapped:
    """As browsers copy two blanks in a row."""
    return each(lines, lambda _, line: line.replace(b"  ", b"\xc2\xa0 "), "no-break-spaces")


def without_blank_lines(lines: Sequence[bytes]) -> Wrapped:
    """As they come out of journald; a line that is lost has the number of the next one."""
    numbers, kept = [], 0
    for line in lines:
        numbers.append(kept + 1)
        kept += bool(line)
    return Wrapped(b"".join(line + b"\n" for line in lines if line), numbers, "plain")


# What changes the lines themselves, or their order, and what needs more than a line to be recognised.
CHANGES: dict[str, Callable[[Sequence[bytes]], Wrapped]] = {
    "hard-wrapped at 80": lambda lines: hard_wrapped(lines, 80),
    "hard-wrapped at 119": lambda lines: hard_wrapped(lines, 119),
    "newest first": newest_first,
    "web page": web_page,
    "no-break spaces": no_break_spaces,
    "without blank lines": without_blank_lines,
    "Kibana": kibana_lines,
    "Grafana": grafana_text,
}
