"""What a client is told when it does not get what it asked for (RFC 9457)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http import HTTPStatus

from starlette.responses import Response


@dataclass(slots=True)
class ProblemError(Exception):
    """One answer that is no result: ``detail`` is a sentence for people, without content of a log."""

    status: int
    detail: str
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The name of the status."""
        return HTTPStatus(self.status).phrase


NO_SUCH_DIAGNOSIS = "There is no such diagnosis. It may have been deleted, or its time was over."


def problem_response(problem: ProblemError) -> Response:
    """Return the answer for programs: ``application/problem+json``."""
    body = {"type": "about:blank", "title": problem.title, "status": problem.status, "detail": problem.detail}
    return Response(json.dumps(body) + "\n", problem.status, problem.headers, media_type="application/problem+json")


def too_many(detail: str, seconds: float) -> ProblemError:
    """Return a refusal that says after how many seconds to try again."""
    return ProblemError(429, detail, {"Retry-After": str(max(1, round(seconds)))})
