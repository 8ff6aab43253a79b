"""Rules about fact files and site files."""

from __future__ import annotations

from collections.abc import Iterator

from etabli.errors import Problem
from etabli.sources import Sources
from etabli.validation.table import rule


@rule("fact-name", "a fact file is named after its event")
def fact_name(sources: Sources) -> Iterator[Problem]:
    for name, row in sources.facts.items():
        if row.value["event"] != name:
            yield Problem("fact-name", row.file, row.value["event"], name, "Rename the file or the event.")


@rule("fact-sources", "every fact names sources that the file lists")
def fact_sources(sources: Sources) -> Iterator[Problem]:
    for name, row in sources.facts.items():
        count = len(row.value["sources"])
        for number, fact in enumerate(row.value["facts"], 1):
            for source in fact["sources"]:
                if source > count:
                    yield Problem(
                        "fact-sources",
                        row.file,
                        f"source {source} of fact {number}",
                        f"1 to {count}",
                        "Add the source, or correct the number.",
                        id=name,
                    )


@rule("site-name", "a site's folder is named after it")
def site_name(sources: Sources) -> Iterator[Problem]:
    for name, row in sources.sites.items():
        if row.value["site"] != name:
            yield Problem("site-name", row.file, row.value["site"], name, "Rename the folder or the site.")
