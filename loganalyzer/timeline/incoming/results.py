"""What became of the requests of peers: stored, refused, failed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from loganalyzer.timeline.association import Direction, Outcome, Side
from loganalyzer.timeline.draft import OperationDraft
from loganalyzer.timeline.incoming.attribution import narrowed, pick
from loganalyzer.timeline.incoming.requests import COMMANDS
from loganalyzer.timeline.incoming.under_way import GONE, IncomingUnderWay

if TYPE_CHECKING:
    from loganalyzer.events.event import Event
    from loganalyzer.timeline.draft import AssociationDraft

_SIZE = re.compile(r"(\d{1,9}(?:\.\d{1,9})?) ?(bytes|KB|MB|GB|TB)")
_UNITS = {"bytes": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40}


class Results(IncomingUnderWay):
    """The handlers of the events that say how a request was answered."""

    def stored(self, event: Event) -> AssociationDraft | None:
        """``instance.stored``, ``instance.already-stored``, ``instance.discarded``, ``instance.filtered``."""
        record = event.record
        waiting = self._waiting(record, "C-STORE")
        if len(waiting) > 1:
            for _, operation in waiting:
                operation.uncertain = True
            return None
        if not waiting:
            return None
        draft, operation = waiting[0]
        operation.end, operation.last_line = record.time, record.line
        if event.type == "instance.filtered":
            # The filter chooses what the client is told, and no line shows it.
            operation.uncertain = True
        else:
            operation.ok = True
        return draft

    def written(self, event: Event) -> AssociationDraft | None:
        """``attachment.created``: the first file that is written for a C-STORE is the instance as it came in."""
        waiting = self._waiting(event.record, "C-STORE") if event.record.thread is not None else []
        if not waiting:
            return None
        draft, operation = waiting[0]
        size = _bytes(event.fields["size"])
        if operation.is_written or size is None:
            return None
        operation.is_written = True
        draft.stored_bytes += size
        draft.files_written += 1
        return draft

    def move_refused(self, event: Event) -> AssociationDraft | None:
        """Orthanc does not know the destination; the next line says so again, without naming it."""
        self.failed_destination = event.fields.get("move_destination")
        waiting = self._waiting(event.record, "C-MOVE")
        fitting = [pair for pair in waiting if pair[1].move_destination == self.failed_destination]
        if not fitting and len(waiting) != 1:
            return None
        return max(fitting or waiting, key=lambda pair: pair[1].line)[0]

    def refused(self, event: Event) -> AssociationDraft | None:
        """``operation.refused``."""
        fields = event.fields
        named = self._open.of((fields["calling_aet"], fields["peer_ip"]))
        step = self._steps.get(event.record.thread)
        command = COMMANDS.get(fields["request"], fields["request"])
        likely = narrowed(named, command, None, event.record, crowded=self._crowded, going_on=self._going_on)
        draft = step[0] if step is not None and step[0] in named else pick(likely)
        if draft is None and not self._tells_beginnings:
            # At the default level this is all that tells of it: Orthanc aborts the association, so each is its own.
            draft = self._new(Direction.INCOMING)
            draft.calling_aet, draft.host, draft.inferred = fields["calling_aet"], fields["peer_ip"], True
            draft.begin(OperationDraft(command, Side.PEER, None, event.record.line, event.record.time))
            draft.finish(Outcome.UNKNOWN, None, None)
        if draft is None:
            return None
        draft.note(event.record, "refused")
        operation = next((o for o in reversed(draft.operations) if o.command == command), None)
        if operation is not None:
            operation.fail(event.record.message, event.record)
        return draft

    def failed(self, event: Event) -> AssociationDraft | None:
        """``operation.failed.…``."""
        record, command = event.record, event.type.rpartition(".")[2]
        detail = event.fields.get("condition", record.message)
        waiting = self._waiting(record, command)
        if record.thread is None:
            waiting = self._meant(event, command, waiting)
        if len(waiting) > 1 and any(g in detail for g in GONE):
            # Several may be meant; the line that ends the association will name it.
            self._unplaced_failures.append((command, detail))
            return None
        if not waiting:
            return None
        if command == "C-MOVE" and self.failed_destination is not None:
            waiting = [(d, o) for d, o in waiting if o.move_destination == self.failed_destination] or waiting
            self.failed_destination = None
        # A query is answered at once, without a line when it went well; an image takes its time to come in.
        draft, operation = (min if command == "C-STORE" else max)(waiting, key=lambda pair: pair[1].line)
        if len(waiting) > 1:
            draft.inferred = True
        draft.note(record, "failed")
        operation.fail(detail, record)
        return draft

    def _meant(
        self, event: Event, command: str, waiting: list[tuple[AssociationDraft, OperationDraft]]
    ) -> list[tuple[AssociationDraft, OperationDraft]]:
        """Without thread names, the instance that a line names tells which C-STORE it is about.

        None is left when that one has failed already: Orthanc says twice what is missing.
        """
        if command != "C-STORE":
            return waiting
        message = event.record.message
        said = f"{message},"
        named = [
            (d, d.operations[-1]) for d in self._open
            if d.operations and d.operations[-1].sop_instance and f"={d.operations[-1].sop_instance}," in said
        ]  # fmt: skip
        again = "missing" in event.fields and self._last_failure == message
        self._last_failure = None if again else message
        if again or any(o.ok is False for _, o in named):
            return []
        return [pair for pair in waiting if pair in named] or waiting


def _bytes(size: str) -> int | None:
    """A size as Orthanc prints it (``Toolbox::GetHumanFileSize``): ``982 bytes``, ``8.78KB``, of 1024 bytes."""
    m = _SIZE.fullmatch(size)
    return round(float(m[1]) * _UNITS[m[2]]) if m is not None else None
