"""Logs as people bring them from consoles, viewers, shells and word processors give the clean log's diagnosis.

What a program that is at hand makes of a log is made by it; the others are written by their documented form.
"""

from __future__ import annotations

import base64
import csv
import gzip
import html
import io
import json
import re
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from pprint import pformat
from typing import Any

import pytest
import yaml

from loganalyzer.diagnosis.model import Diagnosis
from loganalyzer.sources.options import ReadOptions
from tests import knowledge
from tests.sources.reading_back import SAMPLES, clean_lines, data_of
from tests.sources.wrapping import EPOCH, OBJECTS, clixml_text, event, stamp

Lines = Sequence[bytes]
STRIDE = 183


def each(make: Callable[[int, bytes], bytes]) -> Callable[[Lines], bytes]:
    return lambda lines: data_of([make(index, line) for index, line in enumerate(lines)])


def run(*command: str, pack: Callable[[bytes], bytes] = bytes) -> Callable[[Lines], bytes]:
    """What a program makes of the log ``Orthanc.log``, or of the packed one."""
    return lambda lines: subprocess.run(command, input=pack(data_of(lines)), capture_output=True, check=True).stdout


def with_remarks(lines: Lines) -> bytes:
    remarks = "这里开始出错\nЗдесь ошибка?\n".encode()
    return b"".join(
        (b"" if at % 40 or line[:1] not in b"TIWE" else remarks) + line + b"\n" for at, line in enumerate(lines)
    )


def in_pages(lines: Lines) -> bytes:
    """As text copied from a PDF."""
    pages = (data_of(lines[at : at + 50]) + b"\nPage %d\n\x0c\n" % (at // 50 + 1) for at in range(0, len(lines), 50))
    return b"".join(pages)


def by_word(_: int, line: bytes) -> bytes:
    """Word's and Outlook's automatic corrections."""
    text = line.decode().replace("  ", "\xa0 ")
    return text.replace('"', "”").replace("'", "’").encode()


def viewer_row(_: int, line: bytes) -> bytes:
    """Windows' event viewer: the heading does not name the column of the messages."""
    return b'Information,11/23/2024 1:53:19 PM,Orthanc,0,None,"' + line.replace(b'"', b'""') + b'"'


def in_viewer(lines: Lines) -> bytes:
    return b"Level,Date and Time,Source,Event ID,Task Category\n" + each(viewer_row)(lines)


def in_synology(lines: Lines) -> bytes:
    rows = each(lambda _, line: b'2024/11/23 13:53:19,stdout,"' + line.replace(b'"', b'""') + b'"')
    return b"Date,Stream,Content\n" + rows(lines)


def on_screen(lines: Lines) -> bytes:
    """As copied from a terminal in a browser, which fills each row with blanks."""
    rows = (line[at : at + 120] for line in lines for at in range(0, max(len(line), 1), 120))
    return data_of([row.ljust(120) for row in rows])


def record(line: bytes) -> bytes:
    return json.dumps({"log": line.decode(), "container_name": "/orthanc", "source": "stderr"}).encode()


def in_powershell(lines: Lines) -> bytes:
    text = data_of([b"PS C:\\Orthanc> Get-Content Orthanc.log", *lines, b"PS C:\\Orthanc>"]).decode()
    return text.replace("\n", "\r\n").encode("utf-16")


def in_google_cloud(lines: Lines) -> bytes:
    """``gcloud logging read``, newest first as it is by default; PyYAML chooses the quotation marks, and folds."""
    resource = {"labels": {"container_name": "orthanc", "pod_name": "orthanc-0"}, "type": "k8s_container"}
    entries = (
        {"insertId": f"a{at}", "resource": resource, "textPayload": line.decode(), "timestamp": stamp(at)}
        for at, line in enumerate(lines)
    )
    return "".join(yaml.dump(entry, explicit_start=True) for entry in reversed(list(entries))).encode()


def in_format_list(lines: Lines) -> bytes:
    entries = (f"\n\nTimeCreated : 11/23/2024 1:53:19 PM\nMessage     : {line.decode()}" for line in lines)
    return ("".join(entries) + "\n\n\n").replace("\n", "\r\n").encode("utf-16")


def in_synology_page(lines: Lines) -> bytes:
    rows = (f"<tr>\n<td>2024/11/23 13:53:19</td>\n<td>stdout</td>\n<td>{html.escape(line.decode())}</td>\n</tr>\n"
            for line in lines)  # fmt: skip
    return ("<html>\n<body>\n<table>\n" + "".join(rows) + "</table></body></html>\n").encode()


def with_another_file(lines: Lines) -> bytes:
    """``tail -f`` of two files."""
    heading, other = b"\n==> Orthanc.log <==\n", b"\n==> access.log <==\n192.0.2.7 - - GET /\n"
    return b"".join((other + heading if at % 50 == 0 else b"") + line + b"\n" for at, line in enumerate(lines))


def in_azure(lines: Lines) -> bytes:
    rows = [[stamp(at), line.decode()] for at, line in enumerate(lines)]
    return json.dumps({"tables": [{"columns": [{"name": "LogEntry"}], "rows": rows}]}).encode()


def by_excel(lines: Lines) -> bytes:
    """One column, saved as CSV: quotation marks only where a cell has a comma or some itself."""
    out = io.StringIO()
    csv.writer(out).writerows([line.decode()] for line in lines)
    return out.getvalue().encode()


def in_a_mail(lines: Lines) -> bytes:
    """Base64 between a greeting and a name, each row quoted."""
    text = b"Hello,\nthe log:\n\n" + run("base64")(lines) + b"\nThanks,\nJane\n"
    return b"".join(b"> " + line + b"\n" for line in text.split(b"\n"))


def by_certutil(lines: Lines) -> bytes:
    """``certutil -encode``."""
    rows = re.findall(b".{1,64}", base64.b64encode(data_of(lines)))
    return b"\r\n".join([b"-----BEGIN CERTIFICATE-----", *rows, b"-----END CERTIFICATE-----", b""])


def hexadecimal(data: bytes, offset: str, gap: str) -> list[str]:
    rows = ((at, data[at : at + 16]) for at in range(0, len(data), 16))
    return [
        f"{at:{offset}}{gap}{row.hex(' ').upper():47}{gap[1:]}" + re.sub("[^ -~]", ".", row.decode("latin-1"))
        for at, row in rows
    ]


def by_format_hex(lines: Lines) -> bytes:
    """PowerShell 5: ``Format-Hex Orthanc.log``."""
    head = ["", "", "           Path: C:\\Orthanc.log", "", "           00 01 02 03 04 05 06 07 08 09 0A 0B", ""]
    return "\r\n".join([*head, *hexadecimal(data_of(lines), "08X", "   "), ""]).encode("utf-16")


def line_by_line(lines: Lines) -> bytes:
    """PowerShell 7: ``Get-Content Orthanc.log | Format-Hex``, which shows each line from 0 on."""
    head = ["", "   Label: String (System.String) <5A5A5A5A>", "", "          Offset Bytes      Ascii",
            "                 00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F", "          ------ ----- -----"]  # fmt: skip
    return "\r\n".join(row for line in lines for row in (*head, *hexadecimal(line, "016X", " "))).encode()


def as_events(lines: Lines) -> bytes:
    """The event viewer's "Save as XML": one line, with what other programs wrote among it."""
    other = b"<Event><System><Provider Name='MSSQL'/></System><EventData><Data>Starting up</Data></EventData></Event>"
    events = b"".join(event(at, line) + (other if at % 50 == 0 else b"") for at, line in enumerate(lines))
    return b'<?xml version="1.0" encoding="utf-8" standalone="yes"?>\r\n<Events>' + events + b"</Events>"


def as_long_events(lines: Lines) -> bytes:
    """A line with its dump is one event, written with its line ends, and shown again as a message."""
    records = re.split(rb"\n(?=[TIWEF]\d{4} )", data_of(lines)[:-1])
    message = b"<RenderingInfo Culture='en-US'><Message>%s</Message></RenderingInfo></Event>"
    events = (event(at, record).replace(b"</Event>", message % html.escape(record.decode(), quote=False).encode())
              for at, record in enumerate(records))  # fmt: skip
    return b"<Events>" + b"".join(events).replace(b"\n", b"\r\n") + b"</Events>"


def as_one_object(lines: Lines) -> bytes:
    """``Get-Content -Raw Orthanc.log | Export-Clixml``."""
    text = clixml_text(data_of(lines).decode().replace("\n", "\r\n"))
    return f'<Objs Version="1.1.0.1" xmlns="{OBJECTS}">\r\n  <S>{text}</S>\r\n</Objs>'.encode("utf-16")


def as_objects(lines: Lines) -> bytes:
    """``Get-Content Orthanc.log | Export-Clixml``: strings with what PowerShell knows of them."""
    known = '<TNRef RefId="0" /><S>%s</S><MS><S N="PSPath">C:\\Orthanc.log</S><I64 N="ReadCount">1</I64></MS>'
    texts = (f'<Obj RefId="{at}">{known % clixml_text(line.decode())}</Obj>\r\n' for at, line in enumerate(lines))
    return f'<Objs Version="1.1.0.1" xmlns="{OBJECTS}">\r\n{"".join(texts)}</Objs>'.encode("utf-16")


def as_errors(lines: Lines) -> bytes:
    """What a program writes to its standard error, where PowerShell was started by another program."""
    texts = "".join(f'<S S="Error">{clixml_text(line.decode() + chr(13) + chr(10))}</S>' for line in lines)
    return f'#< CLIXML\r\n<Objs Version="1.1.0.1" xmlns="{OBJECTS}">{texts}</Objs>'.encode()


def by_splunk(lines: Lines) -> bytes:
    rows = (f"\t<result offset='{at}'>\n\t\t<field k='_raw'><v xml:space='preserve' trim='0'>"
            f"{html.escape(line.decode(), quote=False)}</v></field>\n\t</result>\n"
            for at, line in enumerate(lines))  # fmt: skip
    return ("<?xml version='1.0' encoding='UTF-8'?>\n<results preview='0'>\n" + "".join(rows) + "</results>").encode()


def in_a_ticket(lines: Lines) -> bytes:
    """The export of a ticket or a chat: the log is a part of what was written."""
    text = "Hello,\nthis is the log:\n```\n" + data_of(lines).decode() + "```\nThanks, Jane\n"
    return json.dumps([{"id": 7, "author": "jane", "body": text, "labels": ["dicom"]}], indent=1).encode()


def in_teams(lines: Lines) -> bytes:
    """A message as Teams keeps it: a part of a page on one line."""
    shown = "<br>".join(html.escape(line.decode()).replace(" ", "&nbsp;") for line in lines)
    return f"<div><p>Jane Doe</p><pre><code>{shown}</code></pre></div>".encode()


WAYS: dict[str, Callable[[Lines], bytes]] = {
    "every line twice": lambda lines: data_of([copy for line in lines for copy in (line, line)]),
    "blanks collapsed": each(lambda _, line: re.sub(rb" +", b" ", line).strip()),
    "Word": each(by_word),
    "event viewer": in_viewer,
    "Synology": in_synology,
    "PowerShell": in_powershell,
    "PDF": in_pages,
    "remarks between": with_remarks,
    "Portainer": each(lambda at, line: b"2024/11/23 13:53:%02d " % (at % 60) + line),
    "kubectl, stamps and prefix": each(lambda at, line: f"[pod/orthanc-0/orthanc] {stamp(at)} ".encode() + line),
    "docker service": each(lambda _, line: b"pacs_orthanc.1.x8wq1jm3k2zd@node1    | " + line),
    "docker service, stamps": each(lambda at, line: f"{stamp(at)} pacs_orthanc.1.x8wq@node1    | ".encode() + line),
    "stern": each(lambda _, line: b"orthanc-0 orthanc " + line),
    "rsyslog, RFC 5424": each(lambda at, line: f"<30>1 {stamp(at)} pacs orthanc 712 - - ".encode() + line),
    "aws logs tail": each(lambda at, line: f"{stamp(at)} orthanc/orthanc/0123456789abcdef ".encode() + line),
    "less -N": each(lambda at, line: b"%7d " % (at + 1) + line),
    "grep -n": run("grep", "-n", ""),
    "grep -Hn": run("grep", "-Hn", "--label", "Orthanc.log", ""),
    "grep -C1000": run("grep", "-Hn", "-C1000", "-E", "^[TIWE][0-9]"),
    "tail of several": run("tail", "-v", "-n", "+1"),
    "nl": run("nl", "-ba"),
    "pasted twice": lambda lines: data_of([*lines, b"", b"Here it is again:", *(b"> " + line for line in lines)]),
    "terminal of 120 columns": on_screen,
    "cat -A": run("cat", "-A"),
    "unexpand -a": run("unexpand", "-a"),
    "repr of the log": lambda lines: repr(data_of(lines)).encode(),
    "repr of bytes": each(lambda _, line: repr(line + b"\n").encode()),
    "list of texts": lambda lines: pformat([line.decode() for line in lines], width=1000).encode(),
    "table in Markdown": each(lambda _, line: b"| " + line + b" |"),
    "blank lines between": lambda lines: data_of([each for line in lines for each in (line, b"")]),
    "Google Cloud": in_google_cloud,
    "Format-List": in_format_list,
    "Synology, page": in_synology_page,
    "tail -f of two": with_another_file,
    "Azure, rows": in_azure,
    "Excel": by_excel,
    "aws logs, text": each(lambda at, line: f"EVENTS\t{EPOCH + at}\t".encode() + line + f"\t{EPOCH + at}".encode()),
    "docker logs --details": each(lambda _, line: b"env=prod,service=orthanc " + line),
    "Slack": lambda lines: f"```{html.escape(data_of(lines).decode(), quote=False).rstrip()}```\n".encode(),
    "escaped twice": each(lambda _, line: html.escape(html.escape(line.decode())).encode()),
    "zero-width spaces": each(lambda _, line: re.sub(b"([:/._])", b"\\1\xe2\x80\x8b", line)),
    "marks of direction": each(lambda _, line: f"\u202a{line.decode()}\u202c".encode()),
    "editor": each(lambda at, line: b"%5d | " % (at + 1) + line),
    "Fluentd": each(lambda at, line: f"{stamp(at)}\tdocker.orthanc\t".encode() + record(line)),
    "grep --color": each(lambda _, line: line + b"\x1b[m\x1b[K"),
    "xxd": run("xxd"),
    "xxd -u -g 1 -c 32": run("xxd", "-u", "-g", "1", "-c", "32"),
    "xxd -p": run("xxd", "-p"),
    "xxd -i": run("xxd", "-i"),
    "xxd of gzip": run("xxd", pack=gzip.compress),
    "hexdump": run("hexdump"),
    "hexdump -C": run("hexdump", "-C"),
    "hexdump -c": run("hexdump", "-c"),
    "od": run("od"),
    "od -c": run("od", "-c"),
    "od -c, trimmed": lambda lines: data_of([row.rstrip() for row in run("od", "-c")(lines).split(b"\n")]),
    "od -t x1": run("od", "-t", "x1"),
    "od -A d -t x1z": run("od", "-A", "d", "-t", "x1z"),
    "base64": run("base64"),
    "base64 -w 0": run("base64", "-w", "0"),
    "base64 of gzip": run("base64", pack=gzip.compress),
    "base64 in a mail": in_a_mail,
    "certutil": by_certutil,
    "Format-Hex": by_format_hex,
    "Format-Hex of lines": line_by_line,
    "event log": as_events,
    "event log, dumps": as_long_events,
    "Export-Clixml": as_objects,
    "Export-Clixml, raw": as_one_object,
    "CLIXML of errors": as_errors,
    "Splunk": by_splunk,
    "ticket": in_a_ticket,
    "Teams, part of a page": in_teams,
    "BBCode": lambda lines: b"[code]" + data_of(lines)[:-1] + b"[/code]\n",
    "Jira": lambda lines: b"h3. Log\n{noformat:title=Orthanc.log}" + data_of(lines) + b"{noformat}\n",
}


def with_headings(*headings: str, every: int = 7) -> Callable[[Lines], bytes]:
    """Headings between any two lines, also in dumps; ``%d`` counts them."""

    def make(lines: Lines) -> bytes:
        out: list[bytes] = []
        for at, line in enumerate(lines):
            out += [heading.replace("%d", str(at // every)).encode() for heading in headings if at % every == every - 1]
            out.append(line)
        return data_of(out)

    return make


HEADINGS = {
    "Telegram": with_headings("", "Jane Doe, [23.11.26 15:50]"),
    "WhatsApp": with_headings("[23.11.26, 15:50:12] Jane Doe:"),
    "Teams": with_headings("[3:50 PM] Jane Doe", ""),
    "Slack, names": with_headings("Jane Doe", "  3:50 PM"),
    "Discord": with_headings("Jane Doe — Today at 3:50 PM"),
    "forum": with_headings("", "Jane Doe wrote:", ""),
    "mails": with_headings("On Mon, Nov 23, 2026 at 3:50 PM Jane Doe <jane@example.org> wrote:", ""),
    "pages": with_headings("", "Page %d of 12", ""),
    "numbers of pages": with_headings("", "- %d -", "\x0c"),
    "more": with_headings("--More--(%d%)"),
    "less": with_headings(":"),
}
WAYS |= HEADINGS


def told(diagnosis: Diagnosis) -> tuple[Any, ...]:
    roots = sorted((f.cause, f.count) for f in diagnosis.findings if f.explained_by is None)
    outcomes = [(a.calling_aet, a.called_aet, a.outcome, a.contexts_accepted) for a in diagnosis.associations]
    return diagnosis.verdict, roots, outcomes


@pytest.mark.parametrize("way", WAYS)
def test_a_messy_log_gives_the_same_diagnosis(way: str, tmp_path: Path) -> None:
    file = tmp_path / "Orthanc.log"
    for path in SAMPLES[list(WAYS).index(way) * 7 % STRIDE :: STRIDE]:
        lines = clean_lines(path)
        file.write_bytes(data_of(lines))
        clean = told(knowledge.diagnosed(file, options=ReadOptions(year=2024)))
        file.write_bytes(WAYS[way](lines))
        assert told(knowledge.diagnosed(file, options=ReadOptions(year=2024))) == clean, path.parent.name
