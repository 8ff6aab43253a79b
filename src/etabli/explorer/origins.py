"""What the repository knows beyond the release: the facts a page was written from, and the sites' names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from etabli import jsonl, schemas
from etabli.documents import Record
from etabli.errors import DataError, Problem

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Origins:
    """Fact files by event and sites' names by site; empty where there is no repository."""

    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def name(self, site: str) -> str:
        """A site's name, or its code where the name is not known."""
        return self.names.get(site, site)


def read(root: Path, records: Iterable[Record]) -> Origins:
    """What `root` holds of the events and sites of `records`; a file that is not there is left out.

    Raises `DataError` for a file that does not fit its schema.
    """
    held = list(records)
    events = sorted({event for record in held for event in record.page.events})
    sites = sorted({record.page.site for record in held})
    facts = {event: _load(root / "corpus" / "facts" / f"{event}.yaml", "fact") for event in events}
    cards = {site: _load(root / "corpus" / "sites" / site / "site.yaml", "site") for site in sites}
    return Origins(
        {event: fact for event, fact in facts.items() if fact is not None},
        {site: card["name"] for site, card in cards.items() if card is not None},
    )


def _load(path: Path, schema: str) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    try:
        value: dict[str, Any] = yaml.load(jsonl.read_text(path), Loader=_Loader)  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        found = str(getattr(error, "problem", error))
        raise DataError([Problem("yaml", str(path), found, "YAML", "Run `etabli validate`.")]) from None
    for where, found, expected in schemas.errors(schema, value):
        remedy = f"See schema/{schema}.json."
        raise DataError([Problem(f"schema-{schema}", str(path), f"{where}: {found}", expected, remedy)])
    return value
