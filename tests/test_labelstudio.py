"""The round trip with Label Studio, as far as it needs no server (tests/annotate has the real one)."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etabli import sources
from etabli.documents import Annotation, Span
from etabli.errors import DataError, UsageError
from etabli.labels import BOILERPLATE, ENTITIES, MAIN_TOPICS, TOPICS
from etabli.labelstudio import adjudication, client, config, ordering, push, report, server, store, tasks
from etabli.newsroom import settle
from tests.strategies import annotated

REPO = Path(__file__).parent.parent


# The screen


def test_the_screen_in_the_repository_is_the_generated_one():
    assert (REPO / "annotations/label_config.xml").read_text(encoding="utf-8") == config.render(), (
        "run: etabli annotate config write"
    )


def test_the_screen_asks_for_every_label_and_no_other():
    held = config.controls(config.render())
    assert held["entities"] == ENTITIES
    assert held["boilerplate"] == BOILERPLATE
    assert held["topics"] == TOPICS
    assert held["main_topic"] == MAIN_TOPICS


def test_no_key_stands_twice():
    import re

    keys = re.findall(r'hotkey="(.)"', config.render())
    assert len(keys) == len(set(keys)) == 26


def test_a_screen_changed_by_hand_is_described():
    ours = config.render()
    assert list(config.differences(ours, ours)) == []
    assert list(config.differences(ours.replace("#1565c0", "#000000"), ours)) == []
    assert "MACHIN more and ORG less" in next(config.differences(ours.replace('"ORG"', '"MACHIN"'), ours))
    assert next(iter(config.differences("<View>", ours))).startswith("a screen that cannot be read")
    assert list(config.differences('<!DOCTYPE x [<!ENTITY a "b">]><View/>', ours)) == [
        "a screen that cannot be read: a document type declaration"
    ]


# A page there and back


@given(annotated())
def test_a_pushed_annotation_comes_back_exactly(pair):
    text, raw = pair
    annotation = tasks.normal(text, raw)
    told = tasks.read(text, tasks.results(text, annotation))
    assert told.annotation == annotation


@given(annotated())
def test_the_rules_of_the_way_back_are_those_of_the_corpus(pair):
    text, raw = pair
    once = tasks.normal(text, raw)
    assert tasks.normal(text, once) == once
    assert tasks.read(text, tasks.results(text, raw)).annotation == once if _no_blank(text, raw) else True
    for span in once.spans:
        surface = text[span.start : span.end]
        assert surface
        assert surface == surface.strip()


def _no_blank(text, annotation):
    return all(text[s.start : s.end].strip() for s in annotation.spans)


@given(annotated(), st.randoms())
def test_neither_order_nor_the_servers_own_text_matter(pair, random):
    text, raw = pair
    annotation = tasks.normal(text, raw)
    results = tasks.results(text, annotation)
    random.shuffle(results)
    for one in results:
        one["value"]["text"] = "not to be trusted"
    assert tasks.read(text, results).annotation == annotation


def test_one_region_with_labels_of_both_layers_gives_both_and_is_refused_for_overlap():
    text = "Voltabri à Dole"
    value = {"start": 0, "end": 8}
    both = [
        {"id": "x", "from_name": "entities", "type": "labels", "value": {**value, "labels": ["ORG"]}},
        {"id": "x", "from_name": "boilerplate", "type": "labels", "value": {**value, "labels": ["NAV"]}},
        {"id": "m", "from_name": "main_topic", "type": "choices", "value": {"choices": ["other"]}},
    ]
    with pytest.raises(tasks.ResultError, match="overlaps"):
        tasks.read(text, both)


MAIN = {"id": "m", "from_name": "main_topic", "type": "choices", "value": {"choices": ["other"]}}


def region(**value):
    return {"id": "r", "from_name": "entities", "type": "labels", "value": {"labels": ["ORG"], **value}}


@pytest.mark.parametrize(
    ("results", "message"),
    [
        (None, "no list"),
        ([], "no main topic"),
        (["x", MAIN], "unknown control"),
        ([MAIN, region(start=0, end=99)], "outside the page"),
        ([MAIN, region(start=-1, end=2)], "outside the page"),
        ([MAIN, region(start=0.0, end=2)], "outside the page"),
        ([MAIN, region(start=True, end=2)], "outside the page"),
        ([MAIN, region(start=3, end=3)], "outside the page"),
        ([MAIN, region(start=8, end=9)], "white space alone"),
        ([MAIN, region(start=0, end=2, labels=["NAV"])], "unknown label"),
        ([MAIN, region(start=0, end=2, labels=[])], "not one"),
        ([MAIN, region(start=0, end=2, labels=["ORG", "PER"])], "not one"),
        ([MAIN, {**region(start=0, end=2), "from_name": "other"}], "unknown control"),
        ([MAIN, {"type": "relation"}], "relation"),
        ([{**MAIN, "value": {"choices": ["financing"]}}], "not among the page's topics"),
        ([{**MAIN, "value": {"choices": ["sport"]}}], "unknown choice"),
        ([MAIN, {**MAIN, "value": {"choices": ["financing"]}}], "2 main topics"),
    ],
)
def test_what_is_no_annotation_of_the_page_is_refused(results, message):
    with pytest.raises(tasks.ResultError, match=message):
        tasks.read("Voltabri à Dole", results)


def test_titles_are_read_as_codes():
    said = [{**MAIN, "value": {"choices": ["Autre"]}}, region(start=0, end=9, labels=["Organisation"])]
    assert tasks.read("Voltabri à Dole", said).annotation == Annotation(entities=(Span(0, 8, "ORG"),))


# Adjudication


@given(annotated(), st.data())
def test_decisions_lead_from_the_versions_to_the_settled_page(pair, data):
    text, first = pair
    first = tasks.normal(text, first)
    keep = data.draw(st.lists(st.booleans(), min_size=len(first.entities), max_size=len(first.entities)))
    entities = tuple(s for s, kept in zip(first.entities, keep, strict=True) if kept)
    second = Annotation((), "other", entities, first.boilerplate)
    final = data.draw(st.sampled_from([first, second]))
    versions = {"a": first, "b": second}
    given_ = adjudication.decisions(text, versions, final, ["motif"])
    gold, lines = settle.settle("etb-00001", text, versions, given_, adjudication.LAYERS)
    assert gold == final
    assert all(line["reason"] == "motif" for line in lines)


TEXT = "Voltabri ouvre un atelier à Dole en 2021"
ONE = Annotation(("financing",), "financing", (Span(0, 8, "ORG"), Span(28, 32, "LOC")))
TWO = Annotation((), "other", (Span(0, 8, "ORG"), Span(28, 32, "FAC")))


def test_each_difference_takes_its_own_reason():
    final = Annotation((), "other", (Span(0, 8, "ORG"), Span(28, 32, "LOC")))
    reasons = ["1 : ville", "topics: mention en passant", "règle c"]
    given_ = adjudication.decisions(TEXT, {"a": ONE, "b": TWO}, final, reasons)
    assert [(one["item"], one["reason"]) for one in given_] == [
        ("topics", "mention en passant"), ("main_topic", "règle c"), (1, "ville"),
    ]  # fmt: skip


def test_a_difference_without_reason_is_refused():
    with pytest.raises(settle.SettleError, match="no reason for topics"):
        adjudication.decisions(TEXT, {"a": ONE, "b": TWO}, ONE, ["1 : ville"])


def test_a_change_outside_the_differences_wants_a_reason_of_its_own():
    final = Annotation((), "other", (Span(0, 8, "ORG"), Span(28, 32, "LOC"), Span(36, 40, "DATE")))
    with pytest.raises(settle.SettleError, match="no reason for extra"):
        adjudication.decisions(TEXT, {"a": ONE, "b": TWO}, final, ["ville"])
    given_ = adjudication.decisions(TEXT, {"a": ONE, "b": TWO}, final, ["ville", "extra : oubli des deux"])
    gold, _ = settle.settle("etb-00001", TEXT, {"a": ONE, "b": TWO}, given_, adjudication.LAYERS)
    assert gold == final


# Files


LOG = {"id": "etb-00001", "kind": "human", "run": "x", "guide": 1, "when": "2026-01-01", "lead_time": 3.5,
       "pre_annotated": False, "remarks": ""}  # fmt: skip


def test_a_layer_is_written_and_read_back(root):
    corpus = sources.read(root)
    text = corpus.texts["etb-00001"]
    page = store.Written(Annotation(entities=(Span(text.index("Dole"), text.index("Dole") + 4, "LOC"),)), LOG)
    assert store.check("etb-00001", text, page.annotation, "x", LOG) == []
    assert store.write_layer(root, "alice", corpus.texts, {"etb-00001": page}) == 1
    assert store.write_layer(root, "alice", corpus.texts, {"etb-00001": page}) == 0
    assert store.read_layer(corpus, "alice") == {"etb-00001": page.annotation}
    assert store.run_of(root, "alice") == {"etb-00001": "x"}


def test_an_annotation_that_breaks_a_rule_is_listed_with_its_place(root):
    corpus = sources.read(root)
    text = corpus.texts["etb-00001"]
    half = text.index("Dole")
    bad = Annotation(entities=(Span(half, half + 3, "LOC"), Span(0, text.index("\n") + 4, "ORG")))
    problems = store.check("etb-00001", text, bad, "http://server/task/1", {**LOG, "when": "hier"})
    assert {problem.rule for problem in problems} >= {"span-tokens", "entity-lines", "schema-log"}
    assert {problem.file for problem in problems} == {"http://server/task/1"}


@pytest.mark.parametrize("name", ["gold", "construction", "../x", "A", ""])
def test_reserved_and_wild_layer_names_are_refused(name):
    with pytest.raises(UsageError, match="layer"):
        store.annotator(name)


def test_pages_are_chosen_by_site_split_id_and_what_is_done(root):
    corpus = sources.read(root)
    assert push.choose(corpus) == ["etb-00001", "etb-00002"]
    assert push.choose(corpus, splits=["test"]) == ["etb-00002"]
    assert push.choose(corpus, sites=["atelier"], done=["etb-00001"]) == []
    with pytest.raises(UsageError, match="no page `etb-9`"):
        push.choose(corpus, ids=["etb-9"])


def test_a_pre_annotation_that_is_none_is_not_sent():
    with pytest.raises(DataError, match="overlaps"):
        push.checked("m", "etb-00001", TEXT, Annotation(entities=(Span(0, 8, "ORG"), Span(3, 10, "ORG"))))


def test_the_report_shows_two_versions_side_by_side(root):
    marked = root / "annotations/b/etb-00001.txt"
    marked.write_text(marked.read_text(encoding="utf-8").replace("⟦LOC|Dole⟧", "Dole"), encoding="utf-8")
    corpus = sources.read(root)
    found = report.figures(corpus, ["a", "b"])
    page = report.html(corpus, ["a", "b"], found)
    assert page.count('<div class="page">') == 4
    assert "1 difference" in page or "1 différence" in page
    assert "[3 LOC «Dole»]" in page
    with pytest.raises(UsageError, match="two layers"):
        report.figures(corpus, ["a"])


def test_uncertain_and_disputed_pages_score_higher():
    sure, unsure = dict.fromkeys(TOPICS, 0.0), dict.fromkeys(TOPICS, 0.5)
    low = ordering.score("x", TEXT, (ONE, sure), (ONE, sure))
    high = ordering.score("x", TEXT, (ONE, unsure), (TWO, unsure))
    assert low.score == 0
    assert 0 < high.score <= 1
    assert high.uncertainty == 1


# The server's edge


def test_address_and_token_come_from_the_environment(monkeypatch):
    monkeypatch.delenv(client.URL, raising=False)
    monkeypatch.setenv(client.TOKEN, "x")
    with pytest.raises(UsageError, match=f"{client.URL} not set"):
        client.connect()
    monkeypatch.setenv(client.URL, "localhost:8080")
    with pytest.raises(UsageError, match="http"):
        client.connect()


def test_a_busy_port_is_refused(tmp_path):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port} is taken"):
            server.start(tmp_path, port, Path("/bin/true"))
    assert list(tmp_path.iterdir()) == []


def test_nothing_of_ours_imports_the_sdk_until_it_is_called():
    code = "import sys, etabli.cli; sys.exit('label_studio_sdk' in sys.modules or 'httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
