"""The OpenAPI description of the API; a test holds it against the running server."""

from __future__ import annotations

from functools import cache
from typing import Any

from loganalyzer import __version__
from loganalyzer.report.schema import schema
from loganalyzer.web.entry import Status

Json = dict[str, Any]

_PROBLEMS = {
    400: "The request breaks its format.",
    401: "The access token is missing or wrong.",
    403: "Not allowed: sent from a page of another site, or the diagnosis belongs to a browser's session.",
    404: "There is no such diagnosis (any more).",
    408: "The rest of the upload did not come in time.",
    409: "There is no result: the diagnosis is not done yet, or it failed.",
    413: "The upload is too large, or has too many files.",
    421: "The server does not answer under this name.",
    422: "There is no log in the upload, or a parameter is wrong.",
    429: "Too much at once; try again after the seconds in Retry-After.",
    503: "The server answers too many at once; try again after the seconds in Retry-After.",
    507: "The server has no room left.",
}
_EVERYWHERE = (401, 421, 503)
_ID: Json = {
    "name": "id", "in": "path", "required": True, "description": "The identifier that the upload was answered with.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{22}$"},
}  # fmt: skip
_REDACT: Json = {"type": "string", "enum": ["true", "false"], "default": "false"}


@cache
def description(*, token: bool) -> Json:
    """Return the OpenAPI 3.1 document; ``token``: whether the server asks for its access token."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "loganalyzer",
            "version": __version__,
            "summary": "Turns an Orthanc log into a diagnosis.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}] if token else [],
        "paths": {
            "/api/v1/diagnoses": {"post": _create()},
            "/api/v1/diagnoses/{id}": {"parameters": [_ID], "get": _get(), "delete": _delete()},
            "/api/v1/diagnoses/{id}/events": {"parameters": [_ID], "get": _events()},
            "/api/v1/diagnoses/{id}/redacted": {"parameters": [_ID], "get": _redacted()},
            "/api/v1/diagnoses/{id}/reply": {"parameters": [_ID], "get": _reply()},
            "/healthz": {"get": _health()},
        },
        "components": {
            "schemas": {**_SCHEMAS, **_diagnosis_schemas()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _create() -> Json:
    files = _object(
        file={
            "type": "array", "minItems": 1, "maxItems": 100, "items": {"type": "string", "format": "binary"},
            "contains": {"type": "string", "minLength": 1},
            "description": "Logs that belong together, archives of them, and Orthanc's configuration.",
        },
        redact=_REDACT, optional=("redact",),
    )  # fmt: skip
    kept = _answer("The upload is kept, and waits for its diagnosis.", **{"application/json": _ref("Accepted")})
    kept["headers"] = {"Location": {"schema": _TEXT, "description": "Where to ask how far it is."}}
    return {
        "operationId": "createDiagnosis",
        "summary": "Upload logs to be diagnosed together",
        "parameters": [
            _query("name", "What a raw body is called; 200 characters are kept.", _TEXT),
            _query("redact", "Redact the logs first and keep nothing else.", _REDACT),
        ],
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {"schema": files},
                "application/octet-stream": {"schema": _BINARY},
            },
        },
        "responses": {"202": kept, **_refusals(400, 403, 408, 413, 422, 429, 507)},
    }


def _get() -> Json:
    said = "The state, with the diagnosis once it is done; or the diagnosis alone as page or text."
    forms = {"application/json": _ref("State"), "text/html": _TEXT, "text/markdown": _TEXT}
    return {
        "operationId": "getDiagnosis",
        "summary": "How far a diagnosis is, and what it says",
        "parameters": [_query("format", "Instead of by Accept.", _one_of("json", "html", "markdown"))],
        "responses": {"200": _answer(said, **forms), **_refusals(404, 409, 422)},
    }


def _delete() -> Json:
    return {
        "operationId": "deleteDiagnosis",
        "summary": "Delete a diagnosis with its logs, and stop what is being done",
        "responses": {"204": {"description": "Nothing of it is left."}, **_refusals(403, 404)},
    }


def _events() -> Json:
    said = (
        "Each event's data is the state as JSON, without the diagnosis; “gone” is the last event when it was deleted."
    )
    return {
        "operationId": "watchDiagnosis",
        "summary": "Server-sent events: the state, whenever it changes, until it is done",
        "responses": {"200": _answer(said, **{"text/event-stream": _ref("Event")}), **_refusals(404)},
    }


def _redacted() -> Json:
    forms = {"text/plain": _TEXT, "application/zip": _BINARY}
    later = _answer("It is being made; ask again.", **{"application/json": _ref("Underway")})
    later["headers"] = {"Retry-After": {"schema": _TEXT}}
    return {
        "operationId": "getRedactedLog",
        "summary": "The logs without what identifies people and sites",
        "responses": {
            "200": _answer("The redacted log, or an archive of several.", **forms),
            "202": later,
            **_refusals(404, 409),
        },
    }


def _reply() -> Json:
    return {
        "operationId": "getReply",
        "summary": "The draft of an answer to who asked about the log",
        "responses": {"200": _answer("The draft.", **{"text/plain": _TEXT}), **_refusals(404, 409)},
    }


def _health() -> Json:
    state = _object(status={"const": "ok"}, version=_TEXT)
    return {
        "operationId": "getHealth",
        "summary": "Whether the server lives",
        "security": [],
        "responses": {"200": _answer("It does.", **{"application/json": state}), **_refusals()},
    }


def _answer(said: str, **forms: Json) -> Json:
    return {"description": said, "content": {kind: {"schema": schema} for kind, schema in forms.items()}}


def _object(*, optional: tuple[str, ...] = (), **members: Json) -> Json:
    return {"type": "object", "properties": members, "required": [name for name in members if name not in optional]}


def _one_of(*words: str) -> Json:
    return {"type": "string", "enum": [*words]}


def _number(said: str = "") -> Json:
    return {"type": "integer", "minimum": 0} | ({"description": said} if said else {})


def _query(name: str, text: str, kind: Json) -> Json:
    return {"name": name, "in": "query", "required": False, "description": text, "schema": kind}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _refusals(*statuses: int) -> Json:
    return {
        str(status): _answer(_PROBLEMS[status], **{"application/problem+json": _ref("Refusal")})
        for status in sorted({*statuses, *_EVERYWHERE})
    }


_TEXT: Json = {"type": "string"}
_BINARY: Json = {"type": "string", "format": "binary", "minLength": 1}
_TIME: Json = {"type": "string", "format": "date-time"}
_IDENTIFIER: Json = _ID["schema"]
_SCHEMAS: Json = {
    "Accepted": _object(
        id=_IDENTIFIER,
        status=_one_of(*Status),
        url={"type": "string", "format": "uri", "description": "The page of the diagnosis."},
        expires=_TIME,
    ),
    "State": _object(
        id=_IDENTIFIER,
        status=_one_of(*Status),
        progress=_ref("Progress"),
        expires=_TIME,
        error=_object(title=_TEXT, detail=_TEXT) | {"description": "Why there is no diagnosis, when it failed."},
        diagnosis=_ref("Diagnosis"),
        optional=("error", "diagnosis"),
    ),
    "Progress": _object(
        phase=_one_of("waiting", "starting", "redacting", "reading", "writing", "finished"),
        bytes=_number("Bytes of the upload that are behind us."),
        total=_number(),
        ahead=_number("How many are served before it."),
    ),
    "Event": _object(event=_one_of("message", "gone"), data=_TEXT, optional=("event",)),
    "Underway": _object(id=_IDENTIFIER, status={"const": "running"}),
    "Refusal": _object(type=_TEXT, title=_TEXT, status={"type": "integer"}, detail=_TEXT)
    | {"description": "RFC 9457."},
}


def _diagnosis_schemas() -> Json:
    """Return the schema of the JSON document, in the words and places of OpenAPI."""
    whole: Json = _moved(schema())
    definitions = whole.pop("$defs")
    whole.pop("$schema")
    return {"Diagnosis": whole, **definitions}


def _moved(part: Any) -> Any:  # noqa: ANN401 -- any piece of JSON
    if isinstance(part, list):
        return [_moved(one) for one in part]
    if not isinstance(part, dict):
        return part
    return {
        key: value.replace("#/$defs/", "#/components/schemas/") if key == "$ref" else _moved(value)
        for key, value in part.items()
    }
