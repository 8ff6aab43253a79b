"""System cards: `system.yaml`, read strictly.

Conventions: a card is at most `LIMIT` bytes of UTF-8 YAML without aliases (so that nothing expands), merge keys,
doubled keys, tags or control characters. Only whole numbers, `null` and text are told apart, so that a bare
`no` stays the word. The content fits schema/system.json.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import ConstructorError, SafeConstructor
from yaml.resolver import Resolver

from etabli import schemas
from etabli.errors import DataError, Problem, UsageError, shorten

LIMIT = 64 << 10  # bytes
REMEDIES = {
    "system-yaml": "Write plain YAML: no aliases, tags or doubled keys.",
    "system-schema": "See schema/system.json.",
    "system-text": "Take the character out.",
}
_KINDS = ("null", "int", "float", "str", "seq", "map")
_TAGS = tuple(f"tag:yaml.org,2002:{kind}" for kind in _KINDS)
_JOINERS = "\u200c\u200d"  # format characters that names in some scripts need
FLAGS = (
    ("saw_test_pages", "saw test pages", "may have seen test pages"),
    ("wrote", "written by a language model", "perhaps written by a language model"),
    ("labelled", "data labelled by a language model", "data perhaps labelled by a language model"),
    ("tuned", "tuned by a language model", "perhaps tuned by a language model"),
)


@dataclass(frozen=True)
class Card:
    """What a system says of itself; `values` fits schema/system.json."""

    values: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.values["name"])

    @property
    def kind(self) -> str:
        return str(self.values.get("kind", "system"))

    @property
    def tracks(self) -> tuple[str, ...]:
        return tuple(self.values["tracks"])

    @property
    def flags(self) -> tuple[str, ...]:
        """What a reader should know before comparing: seen test pages, a language model's part."""
        told = {"saw_test_pages": self.values["saw_test_pages"], **self.values["language_model"]}
        shown = {"yes": 0, "unknown": 1}
        return tuple(texts[shown[told[key]]] for key, *texts in FLAGS if told[key] in shown)


class _Strict(yaml.SafeLoader):
    """A loader that knows maps, lists, text, numbers and null, and nothing that expands.

    The loader in Python, not libyaml's: nesting ends in a `RecursionError`, not in a crash.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own way
        first: [(tag, pattern) for tag, pattern in pairs if tag in _TAGS]
        for first, pairs in Resolver.yaml_implicit_resolvers.items()
    }
    yaml_constructors = {  # noqa: RUF012
        tag: make for tag, make in SafeConstructor.yaml_constructors.items() if tag is None or tag in _TAGS
    }

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise ConstructorError(None, None, "an alias", self.peek_event().start_mark)  # type: ignore[no-untyped-call]
        node: yaml.Node | None = super().compose_node(parent, index)
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if key.tag != "tag:yaml.org,2002:str":
                raise ConstructorError(None, None, "a key that is not text", key.start_mark)
            if key.value in seen:
                raise ConstructorError(None, None, f"key `{shorten(key.value)}` twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def _construct_map(loader: _Strict, node: yaml.MappingNode) -> dict[Hashable, Any]:
    return loader.construct_mapping(node, deep=True)


_Strict.add_constructor("tag:yaml.org,2002:map", _construct_map)


def read(path: Path) -> Card:
    """The card at `path`. Raises `UsageError` where it cannot be read and `DataError` for all that is wrong."""
    value = _parse(path, _bounded(path))
    found = [("system-schema", f"{where}: {what}", expected) for where, what, expected in _misfits(value)]
    found += [("system-text", f"{where}: {what}", "text without it") for where, what in _odd(value, "$")]
    if found:
        raise DataError([Problem(rule, str(path), what, expected, REMEDIES[rule]) for rule, what, expected in found])
    return Card(value)


def _misfits(value: Any) -> Iterator[tuple[str, str, str]]:
    for where, what, expected in schemas.errors("system", value):
        yield shorten(where), what, expected


def _bounded(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(LIMIT + 1)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from None
    if len(raw) > LIMIT:
        raise _refusal(path, f"more than {LIMIT >> 10} KiB", f"at most {LIMIT >> 10} KiB")
    return raw


def _parse(path: Path, raw: bytes) -> Any:
    try:
        return yaml.load(raw.decode("utf-8"), Loader=_Strict)  # noqa: S506 - stricter than the safe loader
    except UnicodeDecodeError as error:
        raise _refusal(path, f"bytes that are not UTF-8 (byte {error.start})", "UTF-8") from None
    except RecursionError:
        raise _refusal(path, "nesting too deep", "a card of a few levels") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise _refusal(path, shorten(error.problem or "broken YAML", 200), "plain YAML", line) from None
    except (yaml.YAMLError, ValueError) as error:  # a character YAML does not allow; a number of 5,000 digits
        found = shorten(str(error).split("\n")[0], 200)
        raise _refusal(path, f"broken YAML ({found})", "plain YAML") from None


def _refusal(path: Path, found: str, expected: str, line: int | None = None) -> DataError:
    return DataError([Problem("system-yaml", str(path), found, expected, REMEDIES["system-yaml"], line=line)])


def _odd(value: Any, where: str) -> Iterator[tuple[str, str]]:
    """(where, what) for each text that holds characters that could hide or turn round what is shown."""
    if isinstance(value, dict):
        for key, held in value.items():
            yield from _odd(held, f"{where}.{shorten(key, 40)}")
    elif isinstance(value, list):
        for number, held in enumerate(value):
            yield from _odd(held, f"{where}[{number}]")
    elif isinstance(value, str):
        for char in value:
            if unicodedata.category(char) in ("Cc", "Cf", "Cs") and char not in _JOINERS and char != "\n":
                yield where, f"the character U+{ord(char):04X}"
                return
        if not value.strip() and value:
            yield where, "nothing but white space"
