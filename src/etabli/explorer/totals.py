"""What the corpus holds, as bar charts (inline SVG) and the same numbers as tables.

A chart is a row a key, a bar with a part a split. Widths are percentages and type is in pixels, so that charts stay
readable on a phone; nothing in them depends on colour alone, since the table says the numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from etabli.documents import Record
from etabli.explorer.origins import Origins
from etabli.explorer.words import SPLITS, french, number
from etabli.labels import BOILERPLATE, ENTITIES, TOPICS, codes
from etabli.stats import article_words, furniture_share

_ROW = 38  # pixels: a line of text and its bar
Keys = Callable[[Record], Iterable[str]]


@dataclass(frozen=True)
class Chart:
    """A chart: its title, its drawing, and its rows of (name, numbers a split, sum)."""

    code: str
    title: str
    svg: Markup
    rows: tuple[tuple[str, tuple[int, ...], int], ...]


def charts(records: Sequence[Record], origins: Origins) -> list[Chart]:
    """Every chart, in the order of the page."""
    topics = [(code, french("topic", code)) for code in TOPICS] + [("none", "Aucun des trois")]
    sites = sorted({r.page.site for r in records}, key=lambda site: origins.name(site).casefold())
    years = sorted({r.page.published[:4] for r in records})
    return [
        _chart("sujets", "Pages par sujet (une page peut en avoir plusieurs)", records, _topics, dict(topics)),
        _chart("principal", "Sujet principal", records, lambda r: [r.gold.main_topic], _named("main_topic")),
        _chart("secteurs", "Pages par secteur", records, lambda r: [r.page.sector], _named("sector")),
        _chart("genres", "Pages par genre de nouvelle", records, lambda r: [r.page.news_kind], _named("news_kind")),
        _chart("annees", "Pages par année", records, lambda r: [r.page.published[:4]], {y: y for y in years}),
        _chart("sites", "Pages par site", records, lambda r: [r.page.site], {s: origins.name(s) for s in sites}),
        _chart("medias", "Pages par genre de site", records, lambda r: [r.page.site_kind], _named("site_kind")),
        _chart("longueurs", "Longueur de l'article, en mots", records, _length, {k: k for k in _LENGTHS}),
        _chart("part", "Part du mobilier dans la page", records, _share, {k: k for k in _SHARES}),
        _chart("entites", "Mentions d'entités", records, _labels("entities"), _coded("entity", ENTITIES)),
        _chart("mobilier", "Blocs de mobilier", records, _labels("boilerplate"), _coded("boilerplate", BOILERPLATE)),
    ]


_LENGTHS = {"moins de 120": 120, "120 à 249": 250, "250 à 399": 400, "400 et plus": 10**9}
_SHARES = {"moins de 20\u00a0%": 0.2, "20 à 39\u00a0%": 0.4, "40 à 59\u00a0%": 0.6, "60\u00a0% et plus": 2.0}


def _topics(record: Record) -> Iterable[str]:
    return record.gold.topics or ("none",)


def _length(record: Record) -> Iterable[str]:
    words = article_words(record)
    return [next(name for name, limit in _LENGTHS.items() if words < limit)]


def _share(record: Record) -> Iterable[str]:
    share = furniture_share(record)
    return [next(name for name, limit in _SHARES.items() if share < limit)]


def _labels(layer: str) -> Keys:
    return lambda record: [span.label for span in getattr(record.gold, layer)]


def _named(group: str) -> dict[str, str]:
    return {code: french(group, code) for code in codes(group)}


def _coded(group: str, labels: Iterable[str]) -> dict[str, str]:
    return {code: f"{french(group, code)} ({code})" for code in labels}


def _chart(code: str, title: str, records: Sequence[Record], keys: Keys, names: Mapping[str, str]) -> Chart:
    """A chart of the keys of `names` that some page has, in that order."""
    counts = Counter((key, record.page.split) for record in records for key in keys(record))
    rows = []
    for key, name in names.items():
        parts = tuple(counts[key, split] for split in SPLITS)
        if any(parts):
            rows.append((name, parts, sum(parts)))
    return Chart(code, title, _bars(title, rows), tuple(rows))


def _bars(title: str, rows: Sequence[tuple[str, tuple[int, ...], int]]) -> Markup:
    """Horizontal bars, a part a split, over the whole width that the page gives."""
    longest = max((total for _, _, total in rows), default=1)
    out = [
        f'<svg role="img" aria-label="{escape(title)}, en barres ; les nombres sont dans le tableau qui suit" '
        f'width="100%" height="{len(rows) * _ROW}">'
    ]
    for place, (name, parts, total) in enumerate(rows):
        top = place * _ROW
        out.append(f'<text x="0" y="{top + 14}">{escape(name)}</text>')
        out.append(f'<text x="100%" y="{top + 14}" text-anchor="end">{number(total)}</text>')
        left = 0.0
        for split, part in zip(SPLITS, parts, strict=True):
            if part:
                width = part / longest * 100
                out.append(f'<rect class="{split}" x="{left:.2f}%" y="{top + 20}" width="{width:.2f}%" height="12"/>')
                left += width
    return Markup("".join(out) + "</svg>")  # noqa: S704 - names are escaped above, the rest is numbers
