"""Rules about what a release has fixed: `corpus/released.jsonl` (the ledger) and `corpus/withdrawn.jsonl`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from etabli.errors import Problem
from etabli.sources import Sources
from etabli.validation.table import rule


@rule("released-page", "a released page keeps its text, its site and its split for ever")
def released_page(sources: Sources) -> Iterator[Problem]:
    remedy = "Bring it back; a page that must change is withdrawn and comes under a new id."
    for page_id, row in sources.released.items():
        page = sources.pages.get(page_id)
        if page is None:
            continue
        digest = hashlib.sha256(page.text.encode("utf-8")).hexdigest()
        now = {"site": page.site, "split": page.split, "sha256": digest}
        for key, value in now.items():
            if value != row.value[key]:
                name = "text" if key == "sha256" else key
                found, told = f"{name} {value[:12]}", f"{row.value[key][:12]}, as {row.value['version']} released it"
                yield Problem("released-page", sources.rows[page_id].file, found, told, remedy, id=page_id)


@rule("released-missing", "a released page is in the corpus or in withdrawn.jsonl, not in both")
def released_missing(sources: Sources) -> Iterator[Problem]:
    for page_id, row in sources.released.items():
        if page_id not in sources.pages and page_id not in sources.withdrawn:
            found, remedy = "a released page that is gone", "Bring it back, or list it with a reason."
            yield Problem(
                "released-missing", row.file, found, "the page, or a line of withdrawn.jsonl", remedy, row.line, page_id
            )
    for page_id, row in sources.withdrawn.items():
        if page_id in sources.pages:
            found, remedy = "a withdrawn page that is in the corpus", "Remove the page, or the line."
            yield Problem("released-missing", row.file, found, "pages that are gone", remedy, row.line, page_id)
        if page_id not in sources.released:
            found, remedy = "a page that no release held", "Remove the line: a page never released just goes."
            yield Problem("released-missing", row.file, found, "released pages", remedy, row.line, page_id)
