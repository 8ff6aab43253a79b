"""The audit of gold: counts against a reading by hand, and the commands from the draw to AUDIT.md."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from etabli import audit
from etabli.cli import app
from etabli.commands.audit import report
from etabli.documents import Annotation, Span
from etabli.scoring.statistics import Sampling
from etabli.validation import validate
from tests.corpus_maker import make_corpus

TEXT = "Menu Dole et Brest en 2021"
FOUND = Annotation(("financing",), "financing", (Span(5, 9, "ORG"), Span(13, 18, "LOC")), (Span(0, 4, "NAV"),))


def test_counts_of_a_page():
    settled = Annotation((), "other", (Span(5, 9, "LOC"), Span(22, 26, "DATE")), (Span(0, 4, "META"),))
    counts = audit.compare(TEXT, FOUND, settled)
    assert (counts.topics, counts.topics_wrong) == (4, 2)  # financing, and the main topic
    assert (counts.mentions, counts.wrong, counts.missed, counts.spurious) == (3, 1, 1, 1)
    assert (counts.characters, counts.class_wrong, counts.furniture_wrong) == (21, 4, 0)
    bare = audit.compare(TEXT, FOUND, Annotation(FOUND.topics, FOUND.main_topic, FOUND.entities, ()))
    assert (bare.class_wrong, bare.furniture_wrong) == (4, 4)


def test_gold_that_stands_has_no_error():
    counts = audit.compare(TEXT, FOUND, FOUND)
    assert counts.topics_wrong == counts.wrong == counts.missed == counts.spurious == counts.class_wrong == 0
    assert counts.mentions == 2


def test_rates_are_ratios_of_sums():
    none = audit.compare(TEXT, FOUND, FOUND)
    one = audit.compare(TEXT, FOUND, Annotation(FOUND.topics, FOUND.main_topic, FOUND.entities[:1], FOUND.boilerplate))
    rates = audit.rates({"etb-00001": none, "etb-00002": one}, Sampling(200))
    assert (rates["entities"].errors, rates["entities"].decisions) == (1, 4)
    assert rates["entities"].value == 0.25
    low, high, _ = rates["entities"].interval
    assert (low, high) == (0, 0.5)
    with pytest.raises(ValueError, match="no page"):
        audit.rates({})


def call(*arguments, code=0):
    done = CliRunner().invoke(app, [str(one) for one in arguments])
    assert done.exit_code == code, (done.output, done.exception)
    return done.output


def test_from_the_draw_to_the_report(tmp_path):
    root = make_corpus(tmp_path / "repo")
    (root / "annotations/GUIDE.md").write_text("Guide", encoding="utf-8")
    call("audit", "--root", root, code=1)  # nothing audited yet: said by UsageError, which `main` words
    folder, key = tmp_path / "reader", tmp_path / "key.json"
    call("newsroom", "audit", folder, "--key", key, "--pages", 2, "--root", root)
    names = {page: name for name, page in json.loads(key.read_text()).items()}
    rows = folder / "rows" / f"{names['etb-00002']}.tsv"
    text = rows.read_text(encoding="utf-8")
    assert "LOC\tBrest" in text
    rows.write_text("".join(x for x in text.splitlines(keepends=True) if "LOC\tBrest" not in x), encoding="utf-8")
    told = ("--run", "auditor", "--when", "2026-01-02", "--guide", 1, "--root", root)
    call("newsroom", "collect", folder, "--key", key, "--layer", "audit", *told)
    second, key = tmp_path / "second", tmp_path / "key2.json"
    call("newsroom", "differences", second, "--key", key, "--versions", "gold,audit", "--root", root)
    names = {page: name for name, page in json.loads(key.read_text()).items()}
    decisions = second / "decisions" / f"{names['etb-00002']}.jsonl"
    decisions.write_text('{"item": 1, "choose": "audit", "reason": "rade, pas ville"}\n')
    log = (root / "annotations/gold/log.jsonl").read_text()
    assert "etb-00001" not in names  # nothing proposed, nothing to settle
    call("newsroom", "settle", second, "--key", key, "--versions", "gold,audit", *told)
    assert "⟦LOC|Brest⟧" not in (root / "annotations/gold/etb-00002.txt").read_text(encoding="utf-8")
    assert (root / "annotations/gold/log.jsonl").read_text() == log  # who settled gold first stays known
    assert validate(root)[1] == []
    counts = audit.read(root)
    assert sorted(counts) == ["etb-00001", "etb-00002"]
    assert counts["etb-00002"].spurious == 1
    assert counts["etb-00001"].spurious == 0
    mentions = sum(one.mentions for one in counts.values())
    call("audit", "--root", root, "--write")
    told = (root / "annotations/AUDIT.md").read_text(encoding="utf-8")
    assert f"| entities, spurious | 1 | {mentions} mentions | {1 / mentions:.2%} |" in told
    assert np.isclose(audit.rates(counts)["entities"].value, 1 / mentions)


def test_the_repositorys_report_is_what_its_counts_give():
    root = Path(__file__).parent.parent
    assert (root / "annotations/AUDIT.md").read_text(encoding="utf-8") == report(root)


def test_no_error_is_not_certainty(tmp_path):
    audit.keep(tmp_path, {"etb-00001": audit.compare(TEXT, FOUND, FOUND)}, "reader")
    row = next(line for line in report(tmp_path).splitlines() if line.startswith("| entities |"))
    assert row == f"| entities | 0 | 2 mentions | 0.00% | 0.00% – {1 - 0.05**0.5:.2%} |"
