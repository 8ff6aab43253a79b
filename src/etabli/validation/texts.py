"""Rules about page texts and titles."""

from __future__ import annotations

from collections.abc import Iterator

from etabli.errors import Problem
from etabli.sources import GOLD, Sources
from etabli.validation.table import rule


@rule("text-characters", "a page holds no ⟦ ⟧, no \\r, no control character, and no white space at its ends")
def text_characters(sources: Sources) -> Iterator[Problem]:
    for page_id, text in sources.texts.items():
        wrong = {c for c in text if c in "⟦⟧" or (c < " " and c not in "\n\t") or c == "\x7f"}
        if wrong or text != text.strip():
            found = ", ".join(f"U+{ord(c):04X}" for c in sorted(wrong)) or "white space at an end"
            file = sources.rows[page_id].file.replace("pages.jsonl", f"{page_id}.txt")
            yield Problem(
                "text-characters",
                file,
                found,
                "a clean page text",
                "Compose the page again under a new id.",
                id=page_id,
            )


@rule("title-place", "the title stands in the page where its metadata says, outside furniture")
def title_place(sources: Sources) -> Iterator[Problem]:
    for page_id, page in sources.pages.items():
        row = sources.rows[page_id]
        found = page.text[page.title_start : page.title_end]
        if found != page.title:
            yield Problem(
                "title-place",
                row.file,
                f"{found[:60]!r} at {page.title_start}-{page.title_end}",
                repr(page.title[:60]),
                "Correct title_start and title_end.",
                row.line,
                page_id,
            )
            continue
        gold = sources.layers[GOLD].get(page_id)
        if gold and any(s.start < page.title_end and s.end > page.title_start for s in gold.annotation.boilerplate):
            yield Problem(
                "title-place",
                row.file,
                "a title inside gold furniture",
                "the article's own title",
                "Name the other place of the title, or correct gold.",
                row.line,
                page_id,
            )
