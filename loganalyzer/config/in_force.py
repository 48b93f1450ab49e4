"""What a running Orthanc says of itself, against the log and against the files of its configuration."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from loganalyzer.config.document import Kind, modality
from loganalyzer.config.remarks import Fix, remark, shortened
from loganalyzer.diagnosis.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loganalyzer.config.document import Configuration, Node
    from loganalyzer.config.live import Live
    from loganalyzer.diagnosis.model import Finding

_THIN = "default"
_DIFFERS = "configuration-bad-value"


def check_live(configuration: Configuration, version: str | None) -> Iterator[Finding]:
    """Where a running Orthanc is not as the files say, or is another than the one of the log (``version``)."""
    for live in configuration.live:
        yield from _level(live)
        yield from _version(live, version)
        for name, node in live.options.items():
            written = configuration.options.get(name)
            if written is not None and not written.live:
                yield from _difference(written, node)


def _level(live: Live) -> Iterator[Finding]:
    node = live.level
    if node is not None and node.text == _THIN:
        address = shlex.quote(f"{live.url}/tools/log-level")
        yield remark(
            "LA567", _DIFFERS, {"level": node.text}, nodes=(node,), values={"log_level": node.text},
            fix=Fix(f"curl -X PUT {address} -d trace"),
        )  # fmt: skip


def _version(live: Live, version: str | None) -> Iterator[Finding]:
    node = live.version
    if node is not None and node.text and version is not None and node.text != version:
        yield remark(
            "LA568", _DIFFERS, {"version": shortened(node.text), "log": version, "url": live.url}, nodes=(node,),
            values={"running_version": shortened(node.text)},
        )  # fmt: skip


def _difference(written: Node, running: Node) -> Iterator[Finding]:
    """LA569 for one option, or for each entry of DicomModalities that both have."""
    if written.kind is Kind.OBJECT:
        for name, node in written.members.items():
            other = running.members.get(name)
            if other is None:
                continue
            ours, theirs = modality(name, node), modality(name, other)
            for what in ("AET", "Host", "Port"):
                a, b = ours.value(what), theirs.value(what)
                if a is not None and b is not None and a != b:
                    yield _differs(f"{name}: {what}", str(a), str(b), node, other)
    elif written.kind is running.kind and written.value is not None and written.value != running.value:
        yield _differs(written.name, str(written.value), str(running.value), written, running)


def _differs(option: str, configured: str, said: str, written: Node, running: Node) -> Finding:
    words = {"configured": shortened(configured), "file": written.file, "said": shortened(said)}
    return remark(
        "LA569", _DIFFERS, words | {"option": shortened(option)},
        nodes=(written, running), severity=Severity.WARNING, values={"option": shortened(option)},
    )  # fmt: skip
