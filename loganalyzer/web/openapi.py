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
    files = {
        "type": "object",
        "properties": {
            "file": {
                "type": "array", "minItems": 1, "maxItems": 100, "items": {"type": "string", "format": "binary"},
                "contains": {"type": "string", "minLength": 1},
                "description": "Logs that belong together, archives of them, and Orthanc's configuration.",
            },
            "redact": _REDACT,
        },
        "required": ["file"],
    }  # fmt: skip
    return {
        "operationId": "createDiagnosis",
        "summary": "Upload logs to be diagnosed together",
        "parameters": [
            _query("name", "What a raw body is called; 200 characters are kept.", {"type": "string"}),
            _query("redact", "Redact the logs first and keep nothing else.", _REDACT),
        ],
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {"schema": files},
                "application/octet-stream": {"schema": _binary()},
            },
        },
        "responses": {
            "202": {
                "description": "The upload is kept, and waits for its diagnosis.",
                "headers": {"Location": {"schema": {"type": "string"}, "description": "Where to ask how far it is."}},
                "content": {"application/json": {"schema": _ref("Accepted")}},
            },
            **_refusals(400, 403, 408, 413, 422, 429, 507),
        },
    }


def _get() -> Json:
    text = {"schema": {"type": "string"}}
    return {
        "operationId": "getDiagnosis",
        "summary": "How far a diagnosis is, and what it says",
        "parameters": [
            _query("format", "Instead of by Accept.", {"type": "string", "enum": ["json", "html", "markdown"]})
        ],
        "responses": {
            "200": {
                "description": "The state, with the diagnosis once it is done; or the diagnosis alone as page or text.",
                "content": {
                    "application/json": {"schema": _ref("State")}, "text/html": text, "text/markdown": text
                },
            },
            **_refusals(404, 409, 422),
        },
    }  # fmt: skip


def _delete() -> Json:
    return {
        "operationId": "deleteDiagnosis",
        "summary": "Delete a diagnosis with its logs, and stop what is being done",
        "responses": {"204": {"description": "Nothing of it is left."}, **_refusals(403, 404)},
    }


def _events() -> Json:
    return {
        "operationId": "watchDiagnosis",
        "summary": "Server-sent events: the state, whenever it changes, until it is done",
        "responses": {
            "200": {
                "description": "Each event's data is the state as JSON, without the diagnosis; “gone” is the last"
                " event when it was deleted.",
                "content": {"text/event-stream": {"schema": _ref("Event")}},
            },
            **_refusals(404),
        },
    }


def _redacted() -> Json:
    return {
        "operationId": "getRedactedLog",
        "summary": "The logs without what identifies people and sites",
        "responses": {
            "200": {
                "description": "The redacted log, or an archive of several.",
                "content": {"text/plain": {"schema": {"type": "string"}}, "application/zip": {"schema": _binary()}},
            },
            "202": {
                "description": "It is being made; ask again.",
                "headers": {"Retry-After": {"schema": {"type": "string"}}},
                "content": {"application/json": {"schema": _ref("Underway")}},
            },
            **_refusals(404, 409),
        },
    }


def _reply() -> Json:
    return {
        "operationId": "getReply",
        "summary": "The draft of an answer to who asked about the log",
        "responses": {
            "200": {"description": "The draft.", "content": {"text/plain": {"schema": {"type": "string"}}}},
            **_refusals(404, 409),
        },
    }


def _health() -> Json:
    return {
        "operationId": "getHealth",
        "summary": "Whether the server lives",
        "security": [],
        "responses": {
            "200": {
                "description": "It does.",
                "content": {
                    "application/json": {
                        "schema": {
                            "type": "object",
                            "properties": {"status": {"const": "ok"}, "version": {"type": "string"}},
                            "required": ["status", "version"],
                        }
                    }
                },
            },
            **_refusals(),
        },
    }


def _binary() -> Json:
    return {"type": "string", "format": "binary", "minLength": 1}


def _query(name: str, text: str, kind: Json) -> Json:
    return {"name": name, "in": "query", "required": False, "description": text, "schema": kind}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _refusals(*statuses: int) -> Json:
    return {
        str(status): {
            "description": _PROBLEMS[status],
            "content": {"application/problem+json": {"schema": _ref("Refusal")}},
        }
        for status in sorted({*statuses, *_EVERYWHERE})
    }


_TIME: Json = {"type": "string", "format": "date-time"}
_IDENTIFIER: Json = _ID["schema"]
_SCHEMAS: Json = {
    "Accepted": {
        "type": "object",
        "properties": {
            "id": _IDENTIFIER,
            "status": {"type": "string", "enum": [*Status]},
            "url": {"type": "string", "format": "uri", "description": "The page of the diagnosis."},
            "expires": _TIME,
        },
        "required": ["id", "status", "url", "expires"],
    },
    "State": {
        "type": "object",
        "properties": {
            "id": _IDENTIFIER,
            "status": {"type": "string", "enum": [*Status]},
            "progress": _ref("Progress"),
            "expires": _TIME,
            "error": {
                "type": "object", "description": "Why there is no diagnosis, when it failed.",
                "properties": {"title": {"type": "string"}, "detail": {"type": "string"}},
                "required": ["title", "detail"],
            },
            "diagnosis": _ref("Diagnosis"),
        },
        "required": ["id", "status", "progress", "expires"],
    },
    "Progress": {
        "type": "object",
        "properties": {
            "phase": {
                "type": "string", "enum": ["waiting", "starting", "redacting", "reading", "writing", "finished"]
            },
            "bytes": {"type": "integer", "minimum": 0, "description": "Bytes of the upload that are behind us."},
            "total": {"type": "integer", "minimum": 0},
            "ahead": {"type": "integer", "minimum": 0, "description": "How many are served before it."},
        },
        "required": ["phase", "bytes", "total", "ahead"],
    },
    "Event": {
        "type": "object",
        "properties": {"event": {"type": "string", "enum": ["message", "gone"]}, "data": {"type": "string"}},
        "required": ["data"],
    },
    "Underway": {
        "type": "object",
        "properties": {"id": _IDENTIFIER, "status": {"const": "running"}},
        "required": ["id", "status"],
    },
    "Refusal": {
        "type": "object", "description": "RFC 9457.",
        "properties": {
            "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
            "detail": {"type": "string"},
        },
        "required": ["type", "title", "status", "detail"],
    },
}  # fmt: skip


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
