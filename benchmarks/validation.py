"""How long `etabli validate` takes on a corpus of many pages.

    python -m benchmarks.validation [--pages 10000]

The pages are the repository's own, repeated under new ids with the letters of each page replaced by a
random permutation (so that offsets, spans and layers hold and texts differ), in a temporary folder. Beside
it: the time that `jsonschema` alone and jsonschema-rs alone take on the same metadata, logs and decisions.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from string import ascii_lowercase, ascii_uppercase

from etabli import jsonl, schemas, sources, validation
from etabli.schemas import _slow  # the peer is the validator that messages come from

_LABEL = re.compile(r"⟦[A-Z]+\||^topics:.*$|^main_topic:.*$", re.MULTILINE)


def cipher(rng: random.Random) -> dict[int, int]:
    """A random permutation of the letters, case kept."""
    letters = list(ascii_lowercase)
    rng.shuffle(letters)
    other = "".join(letters)
    return str.maketrans(ascii_lowercase + ascii_uppercase, other + other.upper())


def apply(text: str, mapping: dict[int, int]) -> str:
    """`text` with letters replaced, brackets and header left alone."""
    out, position = [], 0
    for match in _LABEL.finditer(text):
        out += [text[position : match.start()].translate(mapping), match[0]]
        position = match.end()
    return "".join([*out, text[position:].translate(mapping)])


def make(root: Path, corpus: sources.Sources, count: int) -> None:
    """Write a corpus of `count` pages under `root`."""
    rng = random.Random(0)
    shutil.copytree(corpus.root / "corpus" / "facts", root / "corpus" / "facts")
    pages: dict[str, list[str]] = defaultdict(list)
    logs: dict[str, list[str]] = defaultdict(list)
    decisions: list[str] = []
    settled = [page_id for page_id in sorted(corpus.pages) if page_id in corpus.layers[sources.GOLD]]
    for number in range(count):
        old = settled[number % len(settled)]
        new = f"etb-{number:05d}"
        page = corpus.pages[old]
        mapping = cipher(rng)
        folder = root / "corpus" / "sites" / page.site
        jsonl.write_text(folder / f"{new}.txt", apply(page.text, mapping))
        title = apply(page.title, mapping)
        pages[page.site].append(jsonl.dumps({**corpus.rows[old].value, "id": new, "title": title}))
        for layer in sources.LAYERS:
            path = corpus.root / "annotations" / layer / f"{old}.txt"
            jsonl.write_text(root / "annotations" / layer / f"{new}.txt", apply(jsonl.read_text(path), mapping))
            logs[layer].append(jsonl.dumps({**corpus.logs[layer][old].value, "id": new}))
        decisions += [jsonl.dumps({**d.value, "id": new}) for d in corpus.decisions if d.value["id"] == old]
    for site, lines in pages.items():
        shutil.copy(corpus.root / "corpus" / "sites" / site / "site.yaml", root / "corpus" / "sites" / site)
        jsonl.write_text(root / "corpus" / "sites" / site / "pages.jsonl", "\n".join(lines) + "\n")
    for layer, lines in logs.items():
        jsonl.write_text(root / "annotations" / layer / "log.jsonl", "\n".join(lines) + "\n")
    jsonl.write_text(root / "annotations" / "gold" / "decisions.jsonl", "\n".join(decisions) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pages", type=int, default=10_000)
    count = parser.parse_args().pages
    corpus = sources.read(Path(__file__).parent.parent)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        make(root, corpus, count)
        start = time.perf_counter()
        found, problems = validation.validate(root)
        taken = time.perf_counter() - start
    said = ", ".join(sorted({problem.rule for problem in problems})) or "none"
    print(f"etabli validate: {len(found.pages)} pages in {taken:.1f} s ({len(problems)} problems: {said})")
    records = [("page", r.value) for r in found.rows.values()]
    records += [("log", r.value) for layer in found.logs.values() for r in layer.values()]
    records += [("decision", r.value) for r in found.decisions]
    for name, check in (
        ("jsonschema-rs, compiled once", schemas.is_valid),
        ("jsonschema, compiled once", lambda kind, value: _slow(kind).is_valid(value)),
    ):
        start = time.perf_counter()
        wrong = sum(not check(kind, value) for kind, value in records)
        print(f"{name} alone: {len(records)} records in {time.perf_counter() - start:.1f} s ({wrong} invalid)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
