"""A tiny corpus that keeps every rule, written to a folder; tests break one thing in it at a time."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from etabli import marked

SITES = {"atelier": ("trade-press", "train"), "echo": ("regional-daily", "test")}
GOLD = {
    "etb-00001": (
        "atelier",
        "verdun-2019",
        "topics: industrialization\nmain_topic: industrialization\n---\n"
        "⟦NAV|Accueil\nIndustrie⟧\n⟦ORG|Voltabri⟧ ouvre un atelier à ⟦LOC|Dole⟧\n"
        "Le fabricant y produira ⟦QTY|12 000 bornes par an⟧ dès ⟦DATE|2021⟧, sur un site neuf.⟦SOCIAL|Réagir⟧",
        "Voltabri ouvre un atelier à Dole",
    ),
    "etb-00002": (
        "echo",
        "brest-2020",
        "topics: financing\nmain_topic: financing\n---\n"
        "⟦ORG|Armorgel⟧ lève ⟦MONEY|3 millions d'euros⟧\n"
        "La jeune société de ⟦LOC|Brest⟧ veut doubler ses effectifs de ⟦JOBS|20 salariés⟧.\n⟦LEGAL|© 2020 L'Écho⟧",
        "Armorgel lève 3 millions d'euros",
    ),
}


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")


def make_corpus(root: Path) -> Path:
    """Write the corpus under `root` and return it."""
    for site, (kind, split) in SITES.items():
        card = {"site": site, "name": site.title(), "kind": kind, "split": split, "furniture": "A menu."}
        write(root / "corpus/sites" / site / "site.yaml", yaml.safe_dump(card))
    log = {"kind": "language-model", "run": "test", "guide": 1, "when": "2026-01-01", "lead_time": None,
           "pre_annotated": False, "remarks": ""}  # fmt: skip
    for page_id, (site, event, gold, title) in GOLD.items():
        text, annotation = marked.parse(gold)
        start = text.index(title)
        meta = {"id": page_id, "title": title, "title_start": start, "title_end": start + len(title),
                "published": "2020-03-04", "sector": "electronics", "news_kind": "new-plant",
                "companies": [title.split()[0]], "events": [event], "brief": "lot1-a", "since": "0.1.0"}  # fmt: skip
        write(root / "corpus/sites" / site / f"{page_id}.txt", text)
        write(root / "corpus/sites" / site / "pages.jsonl", json.dumps(meta, ensure_ascii=False) + "\n")
        fact = {"event": event, "split": SITES[site][1], "kind": "new-plant", "sector": "electronics",
                "companies": ["X"], "date": "2020-03", "facts": [{"about": "lieu", "fact": "Dole", "sources": [1]}],
                "sources": [{"url": "https://example.org/a", "publisher": "Exemple", "date": "unknown"}]}  # fmt: skip
        write(root / "corpus/facts" / f"{event}.yaml", yaml.safe_dump(fact, allow_unicode=True))
        for layer in ("a", "b", "gold"):
            write(root / "annotations" / layer / f"{page_id}.txt", gold)
        furniture = marked.render_body(text, annotation.boilerplate)
        write(root / "annotations/construction" / f"{page_id}.txt", furniture)
    for layer in ("construction", "a", "b", "gold"):
        lines = [json.dumps({"id": page_id, **log}) for page_id in GOLD]
        write(root / "annotations" / layer / "log.jsonl", "\n".join(lines) + "\n")
    write(root / "corpus/VERSION", "0.1.0\n")
    write(root / "annotations/gold/decisions.jsonl", "")
    return root
