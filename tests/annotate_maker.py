"""Six pages with emoji, no-break spaces and combining accents, and what two annotators find in them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import yaml

from tests.corpus_maker import make_corpus, write

# By page: event, text, and per annotator the topics, main topic and (label, surface) of each span, in the page.
PAGES = {
    "etb-00003": ("lens-2022", "🏭🇫🇷 Gigavolt prépare une usine à Lens\nLe groupe y fera des batteries dès 2024."),
    "etb-00004": (
        "caen-2021",
        "Hydrolia obtient 40 millions d'euros\nLa pépite de Caen paiera ainsi son électrolyseur.",
    ),
    "etb-00005": ("sete-2020", "À Se\u0301te, Pecheval ferme l'abattoir\nTrente ouvriers partiront avant juin 2021."),
    "etb-00006": ("rouen-2023", "Rouen : le préfet met Solvor en demeure\nLe dépôt 🛢️ doit être vidé sous un mois."),
}
TITLE_SITE = "atelier"


def make_pages(root: Path) -> Path:
    """The tiny corpus with four more pages and no annotation by anyone yet."""
    make_corpus(root)
    metas = []
    path = root / "corpus/sites" / TITLE_SITE / "pages.jsonl"
    held = path.read_text(encoding="utf-8")
    for page_id, (event, text) in PAGES.items():
        title = text.split("\n")[0]
        metas.append({"id": page_id, "title": title, "title_start": 0, "title_end": len(title),
                      "published": "2020-03-04", "sector": "electronics", "news_kind": "new-plant",
                      "companies": ["X"], "events": [event], "brief": "lot1-a", "since": "0.1.0"})  # fmt: skip
        write(root / "corpus/sites" / TITLE_SITE / f"{page_id}.txt", text)
        fact = yaml.safe_load((root / "corpus/facts/verdun-2019.yaml").read_text(encoding="utf-8"))
        write(root / "corpus/facts" / f"{event}.yaml", yaml.safe_dump({**fact, "event": event}, allow_unicode=True))
        write(root / "annotations/construction" / f"{page_id}.txt", text)
    write(path, held + "".join(json.dumps(meta, ensure_ascii=False) + "\n" for meta in metas))
    log = root / "annotations/construction/log.jsonl"
    first = json.loads(log.read_text(encoding="utf-8").split("\n")[0])
    more = "".join(json.dumps({**first, "id": page_id}) + "\n" for page_id in PAGES)
    write(log, log.read_text(encoding="utf-8") + more)
    for layer in ("a", "b", "gold"):
        shutil.rmtree(root / "annotations" / layer)
    write(root / "annotations/GUIDE.md", "Version du guide : 2\n")
    return root
