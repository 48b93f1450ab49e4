"""Logs as people bring them from consoles, viewers, shells and word processors give the clean log's diagnosis.

What a program that is at hand makes of a log is made by it; the others are written by their documented form.
"""

from __future__ import annotations

import csv
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
from tests.sources.wrapping import EPOCH, stamp

Lines = Sequence[bytes]
STRIDE = 183


def each(make: Callable[[int, bytes], bytes]) -> Callable[[Lines], bytes]:
    return lambda lines: data_of([make(index, line) for index, line in enumerate(lines)])


def run(*command: str) -> Callable[[Lines], bytes]:
    """What a program makes of the log ``Orthanc.log``."""
    return lambda lines: subprocess.run(command, input=data_of(lines), capture_output=True, check=True).stdout


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
}


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
