"""A static site of the corpus, for a reader without a server or a network: `index.html` opens from `file://`.

    index.html            search and filters over data/index.js (one short array a page, no text)
    totaux.html           what the corpus holds, as charts and tables
    pages/<id>.html       one page: gold, both annotators, the facts it was written from; works without scripts
    explorer.css, explorer.js

The same release and facts give the same bytes. Everything from the corpus is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import jinja2

from etabli import jsonl
from etabli.documents import Record
from etabli.errors import UsageError
from etabli.explorer import index, pages, totals, words
from etabli.explorer.origins import Origins

Files = Iterator[tuple[str, str]]


def files(records: Sequence[Record], version: str, origins: Origins) -> Files:
    """The site of `records` (in the order of their ids) as (path in the site, content)."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("etabli"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals["layer_name"] = words.layer_name
    common = {"version": version, "number": len(records)}
    yield "explorer.css", environment.get_template("explorer.css.j2").render()
    yield "explorer.js", environment.get_template("explorer.js.j2").render()
    differences = {}
    template = environment.get_template("explorer_page.html.j2")
    for place, record in enumerate(records):
        shown = pages.view(record, origins)
        differences[record.id] = shown.differences
        around = {
            "previous": records[place - 1].id if place else None,
            "following": records[place + 1].id if place + 1 < len(records) else None,
        }
        yield f"pages/{record.id}.html", template.render(page=shown, here="page", up="../", **around, **common)
    yield (
        "totaux.html",
        environment.get_template("explorer_totals.html.j2").render(
            charts=totals.charts(records, origins), legend=words.SPLITS, here="totals", up="", **common
        ),
    )
    yield "data/index.js", index.script(records, version, origins, differences)
    yield (
        "index.html",
        environment.get_template("explorer_index.html.j2").render(
            filters=index.filters(records, origins), here="index", up="", **common
        ),
    )


def write(out: Path, site: Files) -> int:
    """Write a site under `out` and return how many files; pages that an older site left there are removed.

    Raises `UsageError` for a folder that holds something else, or that cannot be written.
    """
    try:
        if out.exists() and any(out.iterdir()) and not (out / "data" / "index.js").is_file():
            raise UsageError(f"{out}: neither empty nor an earlier explorer; name another folder with --out")
        written = set()
        for name, content in site:
            jsonl.write_text(out / name, content)
            written.add(out / name)
        for stale in set((out / "pages").glob("etb-*.html")) - written:
            stale.unlink()
    except OSError as error:
        raise UsageError(f"{out}: cannot be written ({error.strerror})") from None
    return len(written)
