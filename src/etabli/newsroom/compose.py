"""Sets an article into a page of a site, as a text extractor would leave that page.

A site's `page.j2` is a Jinja template that writes the page in the inline form: what it brackets
(`⟦NAV|Accueil⟧`) is furniture, what it does not is the article. So the furniture spans are known exactly;
they become the `construction` layer. The template draws what changes from page to page with a generator
seeded by the page's id.

What a template sees: `title`, `overline`, `standfirst`, `caption`, `blocks` (each with `.kind` and `.text`),
`published` (a date), `section`, `v` (the site's `values`), and the functions below: `pick`, `sample`, `chance`,
`number`, `related`, `cut`, `day`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import jinja2
from jinja2.sandbox import SandboxedEnvironment

from etabli.documents import Span, merge_blocks
from etabli.errors import DataError, Problem
from etabli.labels import describe
from etabli.marked import MarkedError, parse_body
from etabli.newsroom.drafts import Draft

_MONTHS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]
_DAYS = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]
_EMPTY = re.compile(r"⟦[A-Z]+\|\s*⟧")


@dataclass(frozen=True, slots=True)
class Composed:
    """A page as composed: its text, its furniture, and where the article's title stands."""

    text: str
    furniture: tuple[Span, ...]
    title: str
    title_start: int
    title_end: int


def compose(draft: Draft, page_id: str, template: Path, site: dict[str, Any], headlines: Sequence[str]) -> Composed:
    """The page of `draft` on its site. `headlines` are titles of other pages of the same split.

    Raises `DataError` where the template fails, its brackets are wrong or the title is not in the article.
    """
    rng = random.Random(f"{site['site']}/{page_id}")
    environment = SandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined, autoescape=False
    )
    others = [line for line in headlines if line != draft.title]
    rng.shuffle(others)
    context = {
        "title": draft.title,
        "overline": draft.overline,
        "standfirst": draft.standfirst,
        "caption": draft.caption,
        "blocks": draft.blocks,
        "published": date.fromisoformat(draft.published),
        "section": describe("sector", draft.sector)["fr"],
        "companies": draft.companies,
        "v": site.get("values", {}),
        **_functions(rng, others),
    }
    try:
        marked = environment.from_string(template.read_text(encoding="utf-8")).render(context)
        text, spans = parse_body(_EMPTY.sub("", marked))
    except (jinja2.TemplateError, MarkedError, IndexError, KeyError, TypeError, ValueError) as error:
        raise _bad(template, page_id, str(error), "a template that renders") from error
    text, spans = _tidy(text, spans, keep_blank=bool(site.get("blank_lines")))
    style = site.get("values", {}).get("typography", {})
    text, spans = _typeset(text, spans, style)
    furniture = merge_blocks(text, spans)
    title, _ = _typeset(draft.title, (), style)
    start = _outside(text, title, furniture)
    if start is None:
        raise _bad(template, page_id, "no title in the article", "`{{ title }}` outside brackets")
    return Composed(text, furniture, title, start, start + len(title))


def _functions(rng: random.Random, others: list[str]) -> dict[str, Any]:
    drawn: list[str] = []

    def related(count: int) -> list[str]:
        """`count` headlines of other pages (fewer where there are not as many), none drawn twice."""
        fresh = [line for line in others if line not in drawn][:count]
        drawn.extend(fresh)
        return fresh

    def cut(text: str, words: int) -> str:
        """The first `words` words of `text`."""
        return " ".join(str(text).split(" ")[:words])

    def day(when: date, form: str = "long") -> str:
        """A French date: `long` (3 avril 2019), `weekday` (mercredi 3 avril 2019), or a strftime form."""
        long = f"{'1er' if when.day == 1 else when.day} {_MONTHS[when.month - 1]} {when.year}"
        if form == "long":
            return long
        return f"{_DAYS[when.weekday()]} {long}" if form == "weekday" else when.strftime(form)

    return {
        "pick": lambda items: rng.choice(list(items)),
        "sample": lambda items, count: rng.sample(list(items), min(count, len(list(items)))),
        "chance": lambda probability: rng.random() < probability,
        "number": rng.randint,
        "related": related,
        "cut": cut,
        "day": day,
    }


def _tidy(text: str, spans: Sequence[Span], *, keep_blank: bool) -> tuple[str, tuple[Span, ...]]:
    """Trailing spaces go, blank lines go (or fold into one), and spans lose white space at their ends."""
    keep = [True] * len(text)
    for match in re.finditer(r"[ \t]+(?=\n|$)|(?<=\n)[ \t]+", text):
        keep[match.start() : match.end()] = [False] * (match.end() - match.start())
    kept = [i for i, ok in enumerate(keep) if ok]
    newlines = 0
    out: list[int] = []
    for i in kept:
        newlines = newlines + 1 if text[i] == "\n" else 0
        if newlines <= (2 if keep_blank else 1):
            out.append(i)
    while out and text[out[0]].isspace():
        out.pop(0)
    while out and text[out[-1]].isspace():
        out.pop()
    return _rebuild(text, spans, [(text[i], i) for i in out])


def _typeset(text: str, spans: Sequence[Span], style: dict[str, Any]) -> tuple[str, tuple[Span, ...]]:
    """The site's typography over drafts written with straight apostrophes, « » and plain spaces.

    `style` may hold `apostrophe` (one character), `quotes` (two strings), `nbsp` (the space before high
    punctuation and inside « »), `thousands` (what stands between groups of three digits), `square`
    (`²` for m2 and m3 written with an exponent), `capitals` (`plain` drops accents of initial capitals).
    """
    pieces: list[tuple[str, int]] = []
    thousands, nbsp = style.get("thousands"), style.get("nbsp")
    for i, char in enumerate(text):
        before, after = text[i - 1 : i], text[i + 1 : i + 2]
        if char == "'" and "apostrophe" in style:
            char = style["apostrophe"]
        elif char in "«»" and "quotes" in style:
            char = style["quotes"][char == "»"]
        elif char == " ":
            if before.isdigit() and re.match(r"\d{3}(?!\d)", text[i + 1 : i + 5]) and thousands is not None:
                char = thousands
            elif "quotes" in style and (before == "«" or after == "»"):
                char = style.get("quote_space", "")
            elif nbsp is not None and (before == "«" or after in tuple("»:;?!%€")):
                char = nbsp
        elif char in "23" and before == "m" and style.get("square") and not after.isalnum():
            char = "²" if char == "2" else "³"
        elif char in "ÉÈÊ" and style.get("capitals") == "plain":
            char = "E"
        elif char in "ÀÂ" and style.get("capitals") == "plain":
            char = "A"
        pieces.append((char, i))
    return _rebuild(text, spans, pieces)


def _rebuild(text: str, spans: Sequence[Span], pieces: Sequence[tuple[str, int]]) -> tuple[str, tuple[Span, ...]]:
    """New text from `pieces` (string, old position), with spans moved along and trimmed."""
    moved = [0] * (len(text) + 1)
    length = 0
    position = 0
    for piece, old in pieces:
        moved[position : old + 1] = [length] * (old + 1 - position)
        position = old + 1
        length += len(piece)
    moved[position:] = [length] * (len(text) + 1 - position)
    new = "".join(piece for piece, _ in pieces)
    out = []
    for span in spans:
        start, end = moved[span.start], moved[span.end]
        inner = new[start:end]
        if inner.strip():
            start += len(inner) - len(inner.lstrip())
            out.append(Span(start, start + len(inner.strip()), span.label))
    return new, tuple(out)


def _outside(text: str, title: str, furniture: Sequence[Span]) -> int | None:
    """First place of `title` in `text` that no furniture covers."""
    at = text.find(title)
    while at != -1:
        if all(at >= span.end or at + len(title) <= span.start for span in furniture):
            return at
        at = text.find(title, at + 1)
    return None


def _bad(template: Path, page_id: str, found: str, expected: str) -> DataError:
    return DataError([Problem("template", str(template), found, expected, "Mend the template.", id=page_id)])
