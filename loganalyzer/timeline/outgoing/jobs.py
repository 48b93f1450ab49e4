"""Which job a thread works on, and what made Orthanc submit it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loganalyzer.events.event import Event
    from loganalyzer.records.record import Record
    from loganalyzer.timeline.association import LineRef
    from loganalyzer.timeline.incoming import IncomingSide
    from loganalyzer.timeline.outgoing.calls import Calls

_CONTEXT_JOB = re.compile(r"job ([0-9a-f-]{36})")
_CAUSING = ("C-MOVE", "N-ACTION")


class JobTracker:
    """Follows jobs by the lines of ``JobsRegistry.cpp`` and ``JobsEngine.cpp``.

    An asynchronous C-MOVE and a storage commitment request are served by a job that the thread of the request submits:
    such a job, and the associations that it opens, are caused by the association of the request.
    """

    def __init__(self, incoming: IncomingSide, calls: Calls) -> None:
        self._incoming = incoming
        self._calls = calls
        self._asked_by: dict[str, LineRef] = {}
        self._causes: dict[str, int] = {}
        self._served: set[int] = set()
        self._of_thread: dict[str | None, str] = {}
        self.running: dict[str, int] = {}
        """The jobs that are being executed, with the line from which on."""
        self.results: dict[str, str | None] = {}
        """How the last run of each job ended (success, failure) that opened an association."""

    def feed(self, event: Event) -> None:
        """Takes an event of :data:`KINDS`."""
        job, thread = event.fields["job"], event.record.thread
        if event.type == "job.submitted":
            call = self._calls.take(event.record)
            # Without thread names, a call that has just come in is likelier: most C-MOVEs are served without a job.
            causes = [] if call is not None else [self._incoming.serving(event.record, c, None) for c in _CAUSING]
            for cause in causes:
                # Without thread names, a second job is rather somebody else's.
                if cause is not None and (thread is not None or cause.number not in self._served):
                    self._causes[job] = cause.number
                    self._served.add(cause.number)
            if call is not None and call.certain:
                self._asked_by[job] = call.line
        elif event.type == "job.executing":
            self.running[job] = event.record.line
            if thread is not None:
                self._calls.end(thread)
                self._of_thread[thread] = job
        elif event.type in ("job.finished", "job.retry-scheduled"):
            self.running.pop(job, None)
            if job in self.results:
                self.results[job] = event.fields.get("result")
            if thread is not None:
                self._of_thread.pop(thread, None)

    def job_of(self, record: Record) -> str | None:
        """The job on whose behalf a record was written.

        It is named in the record since 1.13.0; else the thread tells it, or that a single job is running and no call
        has come in since.
        """
        named = named_job(record)
        if named is not None:
            return named
        if record.thread is not None:
            return self._of_thread.get(record.thread)
        if len(self.running) != 1 or self._calls.waits(record, since=max(self.running.values())):
            return None
        return next(iter(self.running))

    def cause_of(self, job: str | None) -> int | None:
        """The number of the association that made Orthanc submit a job."""
        return self._causes.get(job) if job is not None else None

    def asked_by(self, job: str) -> LineRef | None:
        """The REST call that submitted a job."""
        return self._asked_by.get(job)

    def end_of_run(self) -> None:
        """Jobs outlive a process in the database, threads do not."""
        self._of_thread.clear()
        self.running.clear()


def named_job(record: Record) -> str | None:
    """The job that a record names."""
    named = _CONTEXT_JOB.search(record.context) if record.context is not None else None
    return named[1] if named is not None else None


KINDS = frozenset({"job.submitted", "job.executing", "job.finished", "job.retry-scheduled", "job.retrying"})
