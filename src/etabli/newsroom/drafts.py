"""Article drafts, as writers return them: a header, `---`, and blocks separated by blank lines.

    site: courrier-des-ateliers
    events: verdun-laitiere-2019            (several separated by commas)
    brief: lot1-a
    published: 2019-04-03
    sector: agri-food
    kind: aid
    companies: Laiterie X; Y
    overline: Agroalimentaire               (optional)
    title: …
    standfirst: …                           (optional)
    caption: …                              (optional: legend of the page's photo, furniture)
    ---
    A paragraph.

    ## An intertitle

    > A pull quote

    | Key figures of the story
    | 140 salariés

    @ À propos de … (press releases: the firm's standard closing paragraph, furniture)

A box (lines that start with `|`) is one block of several lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from etabli.errors import DataError, Problem
from etabli.jsonl import read_text

_REQUIRED = ("site", "events", "brief", "published", "sector", "kind", "companies", "title")
_OPTIONAL = ("overline", "standfirst", "caption")


@dataclass(frozen=True, slots=True)
class Block:
    """One block of an article. `kind` is `paragraph`, `intertitle`, `pull`, `box` or `about`."""

    kind: str
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Draft:
    """An article before it is set into a page."""

    name: str
    site: str
    events: tuple[str, ...]
    brief: str
    published: str
    sector: str
    kind: str
    companies: tuple[str, ...]
    title: str
    blocks: tuple[Block, ...]
    overline: str = ""
    standfirst: str = ""
    caption: str = ""


def read(path: Path) -> Draft:
    """The draft in a file. Raises `DataError` that names the header line that is missing or unknown."""
    head, rule, body = read_text(path).replace("\r\n", "\n").partition("\n---\n")
    values: dict[str, str] = {}
    for number, line in enumerate(head.split("\n"), 1):
        key, colon, value = line.partition(":")
        if line.strip() and (not colon or key.strip() not in _REQUIRED + _OPTIONAL):
            raise _bad(path, number, f"`{line[:60]}`", f"one of {', '.join(_REQUIRED + _OPTIONAL)}")
        values[key.strip()] = value.strip()
    missing = [key for key in _REQUIRED if not values.get(key)]
    if missing or not rule:
        raise _bad(path, 1, f"no {', '.join(missing) or 'line `---`'}", "a complete header")
    blocks = tuple(_block(part) for part in body.split("\n\n") if part.strip())
    if not blocks:
        raise _bad(path, 1, "no paragraph", "an article after `---`")
    return Draft(
        name=path.stem,
        site=values["site"],
        events=_split(values["events"], ","),
        brief=values["brief"],
        published=values["published"],
        sector=values["sector"],
        kind=values["kind"],
        companies=_split(values["companies"], ";"),
        title=values["title"],
        blocks=blocks,
        overline=values.get("overline", ""),
        standfirst=values.get("standfirst", ""),
        caption=values.get("caption", ""),
    )


def article_words(draft: Draft) -> int:
    """Words of the article: title, standfirst and blocks."""
    parts: Sequence[str] = [draft.overline, draft.title, draft.standfirst, *map(str, draft.blocks)]
    return sum(len(part.split()) for part in parts)


def _block(part: str) -> Block:
    lines = [line.strip() for line in part.strip().split("\n")]
    if lines[0].startswith("## "):
        return Block("intertitle", " ".join(lines)[3:])
    if lines[0].startswith("> "):
        return Block("pull", " ".join(lines)[2:])
    if lines[0].startswith("@ "):
        return Block("about", " ".join(lines)[2:])
    if lines[0].startswith("|"):
        return Block("box", "\n".join(line.lstrip("| ") for line in lines))
    return Block("paragraph", " ".join(lines))


def _split(value: str, separator: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(separator) if part.strip())


def _bad(path: Path, line: int, found: str, expected: str) -> DataError:
    return DataError([Problem("draft", str(path), found, expected, "Mend the draft.", line=line)])
