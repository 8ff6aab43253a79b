"""The index that the first page searches: one short array a page, in a script that works from `file://`.

A row is `[id, title, published, site, sector, news_kind, split, topics, main_topic, differences, companies]`; sites to
main topic are places in the lists of `names`, topics a bit set in the order of labels.json, companies one string.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from etabli import jsonl
from etabli.documents import Record
from etabli.explorer.origins import Origins
from etabli.explorer.words import french
from etabli.labels import MAIN_TOPICS, TOPICS, codes

NO_TOPIC = "none"


def script(records: Sequence[Record], version: str, origins: Origins, differences: Mapping[str, int]) -> str:
    """The JavaScript file: `window.ETABLI = {…};`, a row a line."""
    sites = sorted({record.page.site for record in records})
    place = {
        group: {code: number for number, code in enumerate(codes(group))}
        for group in ("sector", "news_kind", "split", "main_topic")
    }
    names = {
        "site": [[site, origins.name(site)] for site in sites],
        **{group: [[code, french(group, code)] for code in place[group]] for group in place},
        "topic": [[code, french("topic", code)] for code in TOPICS],
    }
    rows: list[list[Any]] = [
        [
            record.id,
            record.page.title,
            record.page.published,
            sites.index(record.page.site),
            place["sector"][record.page.sector],
            place["news_kind"][record.page.news_kind],
            place["split"][record.page.split],
            sum(1 << bit for bit, topic in enumerate(TOPICS) if topic in record.gold.topics),
            MAIN_TOPICS.index(record.gold.main_topic),
            differences[record.id],
            ", ".join(record.page.companies),
        ]
        for record in records
    ]
    body = ",\n".join(jsonl.dumps(row) for row in rows)
    head = jsonl.dumps({"version": version, "names": names})
    return f'window.ETABLI = {head[:-1]},"rows":[\n{body}\n]}};\n'


def filters(records: Sequence[Record], origins: Origins) -> list[dict[str, Any]]:
    """The choices of each filter, those that some page answers: name, title, and (value, text) pairs."""
    topics = [(code, french("topic", code)) for code in TOPICS] + [(NO_TOPIC, "Aucun des trois")]
    sites = sorted({record.page.site for record in records}, key=lambda site: origins.name(site).casefold())
    years = sorted({record.page.published[:4] for record in records}, reverse=True)
    sectors = {record.page.sector for record in records}
    splits = {record.page.split for record in records}
    named = [(code, french("sector", code)) for code in codes("sector") if code in sectors]
    return [
        {"name": "topic", "title": "Sujet", "choices": topics},
        {"name": "sector", "title": "Secteur", "choices": sorted(named, key=lambda pair: pair[1].casefold())},
        {"name": "site", "title": "Site", "choices": [(site, origins.name(site)) for site in sites]},
        {
            "name": "split",
            "title": "Partition",
            "choices": [(code, french("split", code)) for code in codes("split") if code in splits],
        },
        {"name": "year", "title": "Année", "choices": [(year, year) for year in years]},
    ]
