"""What is known of an object, under the names that the texts of causes and signatures use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.dicom import status_text, uid_name
from loganalyzer.findings.facts import lacking_contexts, last_operation, refused_contexts

if TYPE_CHECKING:
    from loganalyzer.findings.sighting import Scene
    from loganalyzer.timeline.association import Association, Operation

_SHOWN = 3


def run_values(scene: Scene, log: int, run: int) -> dict[str, str]:
    """What a run's start-up lines said."""
    found = scene.runs.get((log, run))
    if found is None:
        return {}
    values = dict(found.facts)
    if found.orthanc_version is not None:
        values["version"] = found.orthanc_version
    if found.aet is not None:
        values["orthanc_aet"] = found.aet
    if found.dicom_port is not None:
        values["dicom_port"] = str(found.dicom_port)
    return values


def association_values(association: Association, scene: Scene, operation: Operation | None = None) -> dict[str, str]:
    """An association's fields, and those of one of its operations: the one that failed, unless another is given."""
    a, operation = association, operation or last_operation(association)
    found: dict[str, object] = {
        "calling_aet": a.calling_aet, "called_aet": a.called_aet, "peer_aet": a.peer_aet, "peer_ip": a.peer_ip,
        "peer_port": a.peer_port, "host": scene.hosts.get(a.id), "detail": a.failure,
    }  # fmt: skip
    refused = lacking_contexts(a) or refused_contexts(a)
    if refused:
        classes = list(dict.fromkeys(c.abstract_syntax for c in refused))
        syntaxes = list(dict.fromkeys(t for c in refused for t in c.transfer_syntaxes))
        found |= {
            "sop_class": _names(classes), "sop_class_uid": ", ".join(classes[:_SHOWN]),
            "transfer_syntax": _names(syntaxes), "transfer_syntax_uid": ", ".join(syntaxes[:_SHOWN]),
        }  # fmt: skip
    if operation is not None:
        found |= {
            "command": operation.command, "move_destination": operation.move_destination, "status": operation.status,
            "detail": operation.detail or a.failure,
        }  # fmt: skip
        if operation.sop_class is not None and not refused:
            found |= {"sop_class": uid_name(operation.sop_class), "sop_class_uid": operation.sop_class}
    cause = scene.by_id.get(a.caused_by or "")
    if cause is not None and any(o.command == "C-MOVE" for o in cause.operations):
        found["move_destination"] = a.called_aet
    if a.reject is not None:
        found["reject_text"] = a.reject.text
    return {k: str(v) for k, v in found.items() if v is not None and v != ""}


def event_values(fields: dict[str, str]) -> dict[str, str]:
    """An event's fields; UIDs get their names beside them."""
    values = dict(fields)
    for name in ("sop_class", "transfer_syntax"):
        uid = fields.get(name, "")
        if uid and not uid.strip("0123456789."):
            values[name], values[f"{name}_uid"] = uid_name(uid), uid
    return values


def with_status_text(values: dict[str, str]) -> dict[str, str]:
    """The same values; a DIMSE status gets the standard's words beside it."""
    digits = values.get("status", "").lower().removeprefix("0x")
    try:
        code = int(digits, 16)
    except ValueError:
        return values
    return values | {"status": f"0x{code:04X}", "status_text": status_text(code, values.get("command", ""))[1]}


def _names(uids: list[str]) -> str:
    shown = ", ".join(uid_name(u) for u in uids[:_SHOWN])
    return f"{shown} and {len(uids) - _SHOWN} more" if len(uids) > _SHOWN else shown
