"""brat standoff: `<split>/<id>.txt` (the page, byte for byte) and `<id>.ann`, with configurations beside.

Offsets are code points, as in brat. A brat annotation may not cross a line, so a span of several lines is one
discontinuous annotation with a fragment a line (`T1<TAB>NAV 0 7;8 17<TAB>Accueil Industrie`); the span is what lies
from the first fragment's start to the last one's end. Format: https://brat.nlplab.org/standoff.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from etabli.documents import Record, Span
from etabli.export import Files, documents_table
from etabli.labels import BOILERPLATE, ENTITIES, describe

# Readers of .ann files cut at tabs and at whatever `str.splitlines` cuts at, so no fragment holds any of these.
_FRAGMENT = re.compile(r"[^\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")


def files(records: Sequence[Record]) -> Files:
    """The folder that brat opens as a collection."""
    yield "annotation.conf", _annotation_conf().encode()
    yield "visual.conf", _visual_conf().encode()
    yield "documents.tsv", documents_table(records)
    for record in records:
        stem = f"{record.page.split}/{record.id}"
        yield f"{stem}.txt", record.text.encode()
        yield f"{stem}.ann", standoff(record.text, record.gold.spans).encode()


def standoff(text: str, spans: Sequence[Span]) -> str:
    """The `.ann` content of a page: one `T` line a span, in the order of the text."""
    return "".join(
        f"T{number}\t{span.label} {_offsets(parts)}\t{' '.join(text[start:end] for start, end in parts)}\n"
        for number, span in enumerate(spans, 1)
        if (parts := fragments(text, span))
    )


def fragments(text: str, span: Span) -> list[tuple[int, int]]:
    """The parts of a span that lie on one line each and hold more than white space."""
    found = _FRAGMENT.finditer(text, span.start, span.end)
    return [match.span() for match in found if not match[0].isspace()]


def _offsets(parts: list[tuple[int, int]]) -> str:
    return ";".join(f"{start} {end}" for start, end in parts)


def _annotation_conf() -> str:
    lines = ["[entities]", *ENTITIES, "!BOILERPLATE", *(f"\t{label}" for label in BOILERPLATE)]
    return "\n".join([*lines, "[relations]", "[events]", "[attributes]"]) + "\n"


def _visual_conf() -> str:
    groups = (("entity", ENTITIES), ("boilerplate", BOILERPLATE))
    labels = [(label, describe(group, label)) for group, names in groups for label in names]
    names = [f"{label} | {entry['fr']} | {label}" for label, entry in labels]
    colours = [f"{label}\tbgColor:{entry['color']}, fgColor:white" for label, entry in labels]
    return "\n".join(["[labels]", *names, "[drawing]", *colours]) + "\n"
