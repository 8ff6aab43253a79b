"""Every rule has one invalid case, named after it, that it finds and says clearly."""

import json
from pathlib import Path

import pytest
import yaml

from etabli import validation
from tests.corpus_maker import make_corpus, write

ATELIER = "corpus/sites/atelier"
PAGE = f"{ATELIER}/etb-00001.txt"
META = f"{ATELIER}/pages.jsonl"
FACT = "corpus/facts/verdun-2019.yaml"
CONSTRUCTION = "annotations/construction/etb-00001.txt"
DECISIONS = "annotations/gold/decisions.jsonl"


def edit(path, old, new):
    text = path.read_bytes().decode()
    assert old in text, f"{path} does not hold {old!r}"
    write(path, text.replace(old, new))


def everywhere(root, old, new):
    """The same change in the page's text and all its layers."""
    for path in (root / PAGE, *(root / "annotations").glob("*/etb-00001.txt")):
        edit(path, old, new)


def meta(root, **changes):
    record = json.loads((root / META).read_text()) | changes
    write(root / META, json.dumps(record) + "\n")


def gold_and_all(root, old, new):
    for layer in ("a", "b", "gold"):
        edit(root / f"annotations/{layer}/etb-00001.txt", old, new)


def twin(root):
    """Give the test page the train page's article, under its own title and layers."""
    for path in [root / "corpus/sites/echo/etb-00002.txt", *(root / "annotations").glob("*/etb-00002.txt")]:
        layer = path.parent.name
        source = root / (PAGE if layer == "echo" else f"annotations/{layer}/etb-00001.txt")
        write(path, source.read_bytes().decode())
    record = json.loads((root / "corpus/sites/echo/pages.jsonl").read_text())
    first = json.loads((root / META).read_text())
    record |= {key: first[key] for key in ("title", "title_start", "title_end")}
    write(root / "corpus/sites/echo/pages.jsonl", json.dumps(record) + "\n")


def fact(root, **changes):
    value = yaml.safe_load((root / FACT).read_text()) | changes
    write(root / FACT, yaml.safe_dump(value))


DECISION = {"id": "etb-00001", "layer": "entities", "start": 17, "end": 25, "surface": "Voltabri",
            "choices": {"a": "ORG", "b": None}, "gold": "LOC", "reason": "nom"}  # fmt: skip
RELEASED = {"id": "etb-00001", "site": "atelier", "split": "train", "sha256": "0" * 64, "version": "0.2.0"}

BREAK = {
    "yaml": lambda r: write(r / FACT, "event: [unclosed\n"),
    "jsonl": lambda r: write(r / META, '{"id": "etb-00001"'),
    "encoding": lambda r: (r / PAGE).write_bytes(b"caf\xe9"),
    "schema-site": lambda r: edit(r / f"{ATELIER}/site.yaml", "trade-press", "magazine"),
    "schema-page": lambda r: meta(r, sector="cheese"),
    "schema-fact": lambda r: fact(r, facts=[]),
    "schema-log": lambda r: edit(r / "annotations/a/log.jsonl", "language-model", "robot"),
    "schema-released": lambda r: write(r / "corpus/released.jsonl", json.dumps(RELEASED | {"split": "dev"}) + "\n"),
    "schema-withdrawn": lambda r: write(r / "corpus/withdrawn.jsonl", '{"id": "etb-00009"}\n'),
    "schema-decision": lambda r: write(r / DECISIONS, json.dumps(DECISION | {"reason": ""}) + "\n"),
    "page-id-twice": lambda r: write(r / META, (r / META).read_text() * 2),
    "text-missing": lambda r: (r / PAGE).unlink(),
    "text-orphan": lambda r: write(r / f"{ATELIER}/etb-00009.txt", "x"),
    "marked-form": lambda r: edit(r / "annotations/a/etb-00001.txt", "⟦LOC|Dole⟧", "⟦LOC|Dole"),
    "log-twice": lambda r: edit(r / "annotations/a/log.jsonl", "etb-00002", "etb-00001"),
    "text-characters": lambda r: everywhere(r, "sur un site", "sur\x07un site"),
    "title-place": lambda r: meta(r, title_start=3, title_end=35),
    "layer-text": lambda r: edit(r / "annotations/b/etb-00001.txt", "site neuf", "site usagé"),
    "layer-orphan": lambda r: write(r / "annotations/a/etb-00009.txt", "topics:\nmain_topic: other\n---\nx"),
    "layer-missing": lambda r: (r / "annotations/b/etb-00001.txt").unlink(),
    "layer-log": lambda r: write(r / "annotations/a/log.jsonl", ""),
    "construction-furniture": lambda r: edit(r / CONSTRUCTION, "Voltabri", "⟦ORG|Voltabri⟧"),
    "main-topic": lambda r: gold_and_all(r, "main_topic: industrialization", "main_topic: financing"),
    "span-space": lambda r: gold_and_all(r, "dès ⟦DATE|2021⟧", "dès⟦DATE| 2021⟧"),
    "span-tokens": lambda r: gold_and_all(r, "⟦LOC|Dole⟧", "⟦LOC|Dol⟧e"),
    "entity-lines": lambda r: gold_and_all(r, "à ⟦LOC|Dole⟧\nLe fabricant", "à ⟦LOC|Dole\nLe⟧ fabricant"),
    "furniture-merged": lambda r: gold_and_all(r, "⟦NAV|Accueil\nIndustrie⟧", "⟦NAV|Accueil⟧\n⟦NAV|Industrie⟧"),
    "decision-missing": lambda r: edit(r / "annotations/b/etb-00001.txt", "⟦LOC|Dole⟧", "Dole"),
    "decision-gold": lambda r: write(r / DECISIONS, json.dumps(DECISION) + "\n"),
    "gold-undecided": lambda r: edit(r / "annotations/gold/etb-00001.txt", "⟦LOC|Dole⟧", "⟦ORG|Dole⟧"),
    "event-missing": lambda r: (r / FACT).unlink(),
    "split-event": lambda r: fact(r, split="test"),
    "split-headline": lambda r: everywhere(r, "Industrie", "Industrie\nArmorgel lève 3 millions d'euros"),
    "split-near-duplicate": twin,
    "fact-name": lambda r: fact(r, event="autre-2019"),
    "fact-sources": lambda r: fact(r, facts=[{"about": "lieu", "fact": "Dole", "sources": [2]}]),
    "released-page": lambda r: write(r / "corpus/released.jsonl", json.dumps(RELEASED) + "\n"),
    "released-missing": lambda r: write(r / "corpus/released.jsonl", json.dumps(RELEASED | {"id": "etb-00009"}) + "\n"),
    "site-name": lambda r: edit(r / f"{ATELIER}/site.yaml", "site: atelier", "site: autre"),
}  # fmt: skip


def test_the_corpus_maker_keeps_every_rule(tmp_path):
    _, problems = validation.validate(make_corpus(tmp_path))
    assert [str(problem) for problem in problems] == []


def test_every_rule_has_its_invalid_case():
    assert set(BREAK) == set(validation.READING) | {rule.id for rule in validation.RULES}


@pytest.mark.parametrize("rule", sorted(BREAK))
def test_rule(rule, tmp_path):
    root = make_corpus(tmp_path)
    BREAK[rule](root)
    _, problems = validation.validate(root)
    found = [problem for problem in problems if problem.rule == rule]
    assert found, f"{rule} not found among {[str(problem) for problem in problems]}"
    for problem in found:
        assert problem.file
        assert not Path(problem.file).is_absolute()
        assert problem.found
        assert problem.expected
        assert problem.remedy


def test_the_repositorys_own_corpus_keeps_every_rule():
    _, problems = validation.validate(Path(__file__).parent.parent)
    assert [str(problem) for problem in problems] == []
