"""The JSON Schemas of `schema/`, compiled once.

A record that is right is passed by jsonschema-rs (about 60 times as fast); one that is not is given to
`jsonschema`, which says what is wrong with it. A test holds both to the same verdicts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from etabli.errors import shorten

NAMES = ("site", "page", "fact", "record", "prediction", "system", "log", "decision", "released", "withdrawn")


@cache
def schema(name: str) -> dict[str, Any]:
    """The schema `schema/<name>.json` as it stands."""
    text = resources.files("etabli.schema").joinpath(f"{name}.json").read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text)
    return content


@cache
def _slow(name: str) -> Draft202012Validator:
    resource = DRAFT202012.create_resource(schema("labels"))
    registry: Registry[Any] = Registry().with_resource("urn:etabli:labels", resource)
    return Draft202012Validator(schema(name), registry=registry)


@cache
def _fast(name: str) -> Any:
    registry = jsonschema_rs.Registry([("urn:etabli:labels", schema("labels"))])
    return jsonschema_rs.Draft202012Validator(schema(name), registry=registry)


def is_valid(name: str, record: Any) -> bool:
    """Whether `record` fits `schema/<name>.json`."""
    try:
        return bool(_fast(name).is_valid(record))
    except ValueError:  # an integer beyond 64 bits, a nesting too deep: the slow validator says what
        return False


def errors(name: str, record: Any) -> Iterator[tuple[str, str, str]]:
    """(where in the record, found, expected) for each way in which `record` misses its schema."""
    if is_valid(name, record):
        return
    for error in sorted(_slow(name).iter_errors(record), key=lambda error: error.json_path):
        yield error.json_path, _found(error), _expected(error)


def _found(error: ValidationError) -> str:
    if error.validator == "required":
        keys = [key for key in error.validator_value if key not in error.instance]
        return f"no {', '.join(keys)}"
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        extra = [shorten(key, 40) for key in error.instance if key not in known]
        return f"unknown {', '.join(extra[:5])}"
    return shorten(error.instance)


def _expected(error: ValidationError) -> str:
    value = error.validator_value
    match error.validator:
        case "required":
            return f"all of {', '.join(value)}"
        case "additionalProperties":
            return f"only {', '.join(error.schema.get('properties', {}))}"
        case "enum":
            return f"one of {', '.join(map(str, value))}"
        case "type":
            return value if isinstance(value, str) else " or ".join(value)
        case _:
            return f"{error.validator} {shorten(value)}"
