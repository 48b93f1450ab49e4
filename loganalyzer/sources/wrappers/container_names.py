"""Under which names log shippers, viewers and clouds say which container, pod or service wrote a line.

Sources: the documents of Filebeat (Elastic Common Schema), Fluent Bit, Promtail, CloudWatch, Azure, Datadog, Graylog.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from loganalyzer.sources.wrappers.json_objects import as_object

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The members of an entry, the one that tells most first.
NAMES = ("container_name", "container", "pod", "service", "app", "source")
# Headings of columns, in small letters without any sign.
_COLUMNS = (
    "containername", "container", "containernames", "kubernetescontainername", "dockercontainername",
    "resourcelabelscontainername", "labels", "pod", "podname", "kubernetespodname", "logstreamname", "logstream",
    "service", "servicename", "app", "source", "host",
)  # fmt: skip
_SIGNS = re.compile(r"[\W_]+")
_FORMS = (
    rb"container_?[nN]ame", rb"container", rb"container\.name", rb"pod(?:_?[nN]ame)?", rb"logStreamName",
    rb"log_?stream", rb"service(?:_name)?", rb"app",
)  # fmt: skip
_MEMBERS = (
    *(rb'"(?:' + form + rb')"[ \t]*+:[ \t]*+"' for form in _FORMS),
    rb'"container"\s*+:\s*+\{[^{}"]*+(?:"(?!name")[^{}"]*+"[^{}"]*+)*+"name"\s*+:\s*+"',
)  # fmt: skip


def column_of_names(heading: Sequence[bytes]) -> int | None:
    """Return which column of a table with this heading names the container, if any."""
    columns = [_SIGNS.sub("", cell.decode("utf-8", "replace")).lower() for cell in heading]
    return next((columns.index(name) for name in _COLUMNS if name in columns), None)


def name_in_cell(cell: bytes) -> str:
    """Return the name that a cell gives: as it is, or that among the labels of a JSON object."""
    labels = as_object(cell)
    if labels is None:
        return cell.decode("utf-8", "replace").strip()
    return next((labels[name] for name in NAMES if isinstance(labels.get(name), str)), "")


def lead_of_names(sample: bytes) -> bytes | None:
    """Return what stands before a container's name in a JSON text, as it is written there, if any of it has one."""
    return next((match[0] for member in _MEMBERS if (match := re.search(member, sample))), None)


def member_of_names(sample: bytes) -> re.Pattern[bytes] | None:
    """Return what finds, as its group, a container's name in YAML like this sample, if any of it has one."""
    members = (re.compile(rb"(?m)^ *\"?(?:" + form + rb")\"?: *['\"]?([\w./-]{1,100})") for form in _FORMS)
    return next((member for member in members if member.search(sample)), None)
