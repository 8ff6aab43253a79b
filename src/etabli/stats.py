"""The balance sheet of a release: what it holds, counted. Tables of (row, numbers) that commands and cards print."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from etabli.documents import Record, without
from etabli.labels import BOILERPLATE, ENTITIES, TOPICS, codes, describe

SPLITS = codes("split")
Rows = tuple[tuple[str | int, ...], ...]
_LENGTHS = ((0, 120, "under 120"), (120, 250, "120-249"), (250, 400, "250-399"), (400, 10**9, "400 or more"))
_SHARES = ((0, 0.2, "under 20 %"), (0.2, 0.4, "20-39 %"), (0.4, 0.6, "40-59 %"), (0.6, 1.01, "60 % or more"))


@dataclass(frozen=True)
class Table:
    """A table with a title, column names and rows of text and numbers."""

    title: str
    columns: tuple[str, ...]
    rows: Rows

    def markdown(self) -> str:
        """The table in Markdown, under its title as a heading-less bold line."""
        head = "| " + " | ".join(self.columns) + " |"
        rule = "|" + "|".join("---" if i == 0 else "---:" for i in range(len(self.columns))) + "|"
        body = ["| " + " | ".join(f"{c:,}" if isinstance(c, int) else str(c) for c in row) + " |" for row in self.rows]
        return "\n".join([f"**{self.title}**", "", head, rule, *body])


def article_words(record: Record) -> int:
    """Words of the article: what gold furniture leaves, split at white space."""
    kept = without(record.text, record.gold.boilerplate)
    return sum(len(record.text[start:end].split()) for start, end in kept)


def furniture_share(record: Record) -> float:
    """Share of the page's non-space characters that gold furniture covers."""
    cut = sum(not c.isspace() for s in record.gold.boilerplate for c in record.text[s.start : s.end])
    return cut / sum(not c.isspace() for c in record.text)


def topic_set(record: Record) -> str:
    """The page's topics as one name, `none` if it has none."""
    return " + ".join(record.gold.topics) or "none"


def _band(value: float, bands: Sequence[tuple[float, float, str]]) -> str:
    return next(name for low, high, name in bands if low <= value < high)


def _by_split(
    title: str,
    head: str,
    records: Sequence[Record],
    keys: Callable[[Record], Iterable[str]],
    order: Iterable[str] = (),
) -> Table:
    counts: dict[str, Counter[str]] = {}
    for record in records:
        for key in keys(record):
            counts.setdefault(key, Counter())[record.page.split] += 1
    names = [name for name in order if name in counts] or sorted(counts)
    rows: Rows = tuple((name, *(counts[name][split] for split in SPLITS), sum(counts[name].values())) for name in names)
    return Table(title, (head, *SPLITS, "all"), rows)


def overview(records: Sequence[Record]) -> Table:
    """Pages, sites, events, sectors, article words, entities and furniture blocks per split."""
    parts = [[r for r in records if r.page.split == split] for split in SPLITS] + [list(records)]
    measures: tuple[tuple[str, Callable[[list[Record]], int]], ...] = (
        ("pages", len),
        ("sites", lambda part: len({r.page.site for r in part})),
        ("events", lambda part: len({event for r in part for event in r.page.events})),
        ("sectors", lambda part: len({r.page.sector for r in part})),
        ("words of article", lambda part: sum(article_words(r) for r in part)),
        ("entity mentions", lambda part: sum(len(r.gold.entities) for r in part)),
        ("furniture blocks", lambda part: sum(len(r.gold.boilerplate) for r in part)),
    )
    rows: Rows = tuple((name, *(count(part) for part in parts)) for name, count in measures)
    return Table("What it holds", ("", *SPLITS, "all"), rows)


def balance(records: Sequence[Record]) -> list[Table]:
    """Every table of the balance sheet."""
    sets = sorted({topic_set(r) for r in records}, key=lambda name: (name.count("+"), name))
    return [
        overview(records),
        _by_split(
            "Topics (a page may have several)",
            "topic",
            records,
            lambda r: r.gold.topics or ("none",),
            (*TOPICS, "none"),
        ),
        _by_split("Topic sets", "set", records, lambda r: [topic_set(r)], sets),
        _by_split("Main topic", "main topic", records, lambda r: [r.gold.main_topic], codes("main_topic")),
        _by_split("Entities", "label", records, lambda r: [s.label for s in r.gold.entities], ENTITIES),
        _by_split("Furniture blocks", "class", records, lambda r: [s.label for s in r.gold.boilerplate], BOILERPLATE),
        _by_split("Pages per site", "site", records, lambda r: [r.page.site]),
        _by_split("Kinds of site", "kind", records, lambda r: [describe("site_kind", r.page.site_kind)["en"]]),
        _by_split("Sectors", "sector", records, lambda r: [describe("sector", r.page.sector)["en"]]),
        _by_split("Kinds of news", "kind", records, lambda r: [describe("news_kind", r.page.news_kind)["en"]]),
        _by_split("Years", "year", records, lambda r: [r.page.published[:4]]),
        _by_split(
            "Words of article",
            "words",
            records,
            lambda r: [_band(article_words(r), _LENGTHS)],
            [b[2] for b in _LENGTHS],
        ),
        _by_split(
            "Share of furniture",
            "share",
            records,
            lambda r: [_band(furniture_share(r), _SHARES)],
            [b[2] for b in _SHARES],
        ),
    ]
