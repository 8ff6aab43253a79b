"""Probes on pages whose secrets are known."""

from dataclasses import replace

from etabli import probes
from tests.test_training import TRAIN, page

TEST = [page(n, "test") for n in range(100, 120)]


def cell(table, row, column):
    return next(r for r in table.rows if r[0] == row)[table.columns.index(column)]


def test_the_title_tells_topics_where_it_does_and_the_furniture_does_not():
    table = probes.topics_from(TRAIN)
    assert float(cell(table, "the title only", "macro")) > 0.9
    assert float(cell(table, "the furniture only", "macro")) <= float(cell(table, "saying yes always", "macro"))


def test_what_is_shared_between_train_and_test_is_counted():
    table = probes.shared([*TRAIN, *TEST])
    assert cell(table, "events", "both") == 0
    assert cell(table, "sites", "both") == 1, "all these pages are of one site"
    assert cell(table, "main companies", "of test") == "100.0%"


def test_a_repeated_sentence_shows():
    grams, openings = probes.repeats(TRAIN)
    assert ("prépare l avenir de son site", len(TRAIN)) in grams.rows
    assert openings.rows[0][1] > 3


def test_a_brief_with_a_habit_is_told_by_its_style():
    """Half of the pages say « selon » in every sentence; their brief shows."""
    habit = [
        replace(r, page=replace(r.page, text=r.text.replace("projet", "projet selon elle selon lui selon tous")))
        if i % 2
        else r
        for i, r in enumerate(TRAIN)
    ]
    habit = [replace(r, gold=replace(r.gold, entities=(), boilerplate=())) for r in habit]
    briefs = ["b" if i % 2 else "a" for i in range(len(habit))]
    table = probes.briefs_from_style(habit, briefs, ["selon", "le", "de"])
    assert float(table.rows[0][1]) > 0.9
    none = probes.briefs_from_style(TRAIN, briefs, ["selon", "le", "de"])
    assert float(none.rows[0][1]) < 0.8
