"""The JSON Schema of the JSON document, made from the types of :mod:`loganalyzer.diagnosis.model`.

``docs/diagnosis.schema.json`` is what ``python -m loganalyzer.report.schema`` prints.
"""

from __future__ import annotations

import inspect
import json
import sys
import types
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Union, get_args, get_origin, get_type_hints

from loganalyzer.diagnosis.model import SCHEMA_VERSION, Diagnosis

Schema = dict[str, Any]

_PLAIN: dict[object, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    types.NoneType: {"type": "null"},
    datetime: {"$ref": "#/$defs/LocalTime"},
}
_LOCAL_TIME: Schema = {
    "type": "string",
    "description": "Local time as the log shows it: ISO 8601 without a zone, with microseconds unless they are 0.",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?$",
}


def schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of what :func:`loganalyzer.report.json.to_json` returns.

    Members may be added without a new ``schema_version``; none is taken away or changes its meaning within one.
    """
    definitions: dict[str, Schema] = {"LocalTime": _LOCAL_TIME}
    whole = _object(Diagnosis, definitions)
    whole["properties"] = {"schema_version": {"const": SCHEMA_VERSION}, **whole["properties"]}
    whole["required"] = ["schema_version", *whole["required"]]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "loganalyzer diagnosis",
        **whole,
        "$defs": dict(sorted(definitions.items())),
    }


def schema_text() -> str:
    """Return the text of ``docs/diagnosis.schema.json``."""
    return json.dumps(schema(), indent=2) + "\n"


def _object(kind: type, definitions: dict[str, Schema]) -> Schema:
    properties = {name: _of(hint, definitions) for name, hint in get_type_hints(kind).items()}
    return {"type": "object", **_description(kind), "properties": properties, "required": list(properties)}


def _of(hint: Any, definitions: dict[str, Schema]) -> Schema:  # noqa: ANN401 -- type hints have no common type
    if hint in _PLAIN:
        return _PLAIN[hint]
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _nullable([_of(argument, definitions) for argument in arguments])
    if origin is Sequence or (origin is tuple and arguments[1:] == (...,)):
        return {"type": "array", "items": _of(arguments[0], definitions)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _of(arguments[1], definitions)}
    if origin is tuple:
        return {"type": "array", "prefixItems": [_of(argument, definitions) for argument in arguments]}
    return _reference(hint, definitions)


def _reference(kind: type, definitions: dict[str, Schema]) -> Schema:
    if kind.__name__ not in definitions:
        definitions[kind.__name__] = {}
        definitions[kind.__name__] = (
            {"type": "string", **_description(kind), "enum": [member.value for member in kind]}
            if issubclass(kind, StrEnum)
            else _object(kind, definitions)
        )
    return {"$ref": f"#/$defs/{kind.__name__}"}


def _nullable(options: list[Schema]) -> Schema:
    """Fold ``T | None``: two bare types become one list of types, everything else an ``anyOf``."""
    if all(set(option) == {"type"} for option in options):
        return {"type": [option["type"] for option in options]}
    return {"anyOf": options}


def _description(kind: type) -> Schema:
    """Take the description from the type's own docstring; the one that ``dataclass`` or ``enum`` makes up is none."""
    text = kind.__doc__ or ""
    if not text or text.startswith(f"{kind.__name__}(") or (issubclass(kind, StrEnum) and text == StrEnum.__doc__):
        return {}
    return {"description": " ".join(inspect.cleandoc(text).split()).replace("``", "")}


if __name__ == "__main__":
    sys.stdout.write(schema_text())
