"""The labels, read from `schema/labels.json`, the one place where they are declared."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any


@cache
def _definitions() -> dict[str, Any]:
    text = resources.files("etabli.schema").joinpath("labels.json").read_text(encoding="utf-8")
    definitions: dict[str, Any] = json.loads(text)["$defs"]
    return definitions


def codes(group: str) -> tuple[str, ...]:
    """The codes of a group (`topic`, `entity`, `boilerplate`, `sector`, …), in their fixed order."""
    return tuple(_definitions()[group]["enum"])


def describe(group: str, code: str) -> dict[str, str]:
    """Titles (`en`, `fr`) and, for the three layers, definitions and colour of one label."""
    entry: dict[str, str] = _definitions()[group]["labels"][code]
    return entry


TOPICS = codes("topic")
MAIN_TOPICS = codes("main_topic")
ENTITIES = codes("entity")
BOILERPLATE = codes("boilerplate")
OTHER = "other"
