"""The board: ranks and pairs, errors in the text, and pages on which nothing from a submission is more than text."""

import html.parser
import math
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from etabli.board import entrants, mistakes, output, results, site, summary
from etabli.board.entrants import Entrant
from etabli.cli import app
from etabli.columns import Layers, layers_of
from etabli.documents import Annotation, Record, Span
from etabli.errors import DataError
from etabli.labels import BOILERPLATE, ENTITIES
from etabli.scoring import compare, statistics
from etabli.scoring.statistics import Sampling
from tests.board_maker import BODY, GOLD, make_board, make_records
from tests.scoring_maker import make_reference

FEW = Sampling(200)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = make_board(tmp_path_factory.mktemp("board"))
    output.write(root, output.make(root, FEW))
    return root


@pytest.fixture(scope="module")
def board(root):
    gold, _ = output.load(root)
    return results.score(gold, entrants.gather(root, gold), FEW)


def rows(board, track):
    return {row.entrant.slug: row for row in board.tracks[track].rows}


# Ranks and pairs


def test_systems_that_no_test_tells_apart_share_a_rank(board):
    held = rows(board, "entities")
    assert {slug: (row.rank, row.shared) for slug, row in held.items()} == {
        "good": (1, True),
        "twin": (1, True),
        "half": (3, True),
        "hostile": (3, True),
        "none": (None, False),
        "annotator-a": (None, False),
        "annotator-b": (None, False),
    }
    assert [row.value for row in board.tracks["entities"].rows] == sorted(
        (r.value for r in held.values()), reverse=True
    )


def test_only_who_carries_a_track_stands_on_it(board):
    assert "hostile" not in rows(board, "topics")
    assert set(rows(board, "overall")) == set(rows(board, "topics")) == set(rows(board, "boilerplate"))


def test_all_pairs_of_systems_and_floors_are_tested_and_corrected_together(board):
    track = board.tracks["entities"]
    names = [row.entrant.slug for row in track.rows if row.entrant.kind != "annotator"]
    assert len(track.pairs) == math.comb(len(names), 2)
    layers = {e.slug: e.layers for e in board.entrants}
    single = []
    for pair in track.pairs:
        found = compare.compare(board.reference, layers[pair.first.slug], layers[pair.second.slug], ["entities"], FEW)
        single.append(next(d.p for d in found if d.measure.name == "entities.micro_f1"))
    assert [pair.difference.p for pair in track.pairs] == single
    assert [pair.p for pair in track.pairs] == statistics.holm(single)
    first, second = track.pairs[0].first, track.pairs[0].second
    assert track.pair(first, second) == (track.pairs[0], 1)
    assert track.pair(second, first) == (track.pairs[0], -1)
    assert track.pair(first, first) is None


def test_the_pairs_of_overall_are_those_of_compare(board):
    pair = next(p for p in board.tracks["overall"].pairs if {p.first.slug, p.second.slug} == {"good", "half"})
    parts = ("topics", "entities", "boilerplate")
    found = compare.compare(board.reference, pair.first.layers, pair.second.layers, parts, FEW)
    assert found[-1] == pair.difference


def test_a_system_without_a_score_has_no_rank_and_stands_last():
    blank = {"topics": [], "main_topic": "other", "boilerplate": [], "entities": []}
    gold = make_reference([{"id": f"p{n}", "text": "Rien.", **blank} for n in range(4)])
    nothing = Entrant("nothing", "Nothing", "system", Layers(entities=gold.gold.entities))
    wrong = layers_of([Annotation((), "other", (Span(0, 4, "ORG"),), ()) for _ in range(4)])
    found = Entrant("wrong", "Wrong", "system", Layers(entities=wrong.entities))
    track = results.score(gold, [nothing, found], FEW).tracks["entities"]
    assert [(row.entrant.slug, row.rank) for row in track.rows] == [("wrong", 1), ("nothing", None)]
    assert math.isnan(track.rows[1].value)
    everything = results.score(gold, [nothing], FEW)
    assert site.pages(everything, [])["topics.html"]  # a track that nobody takes part in


def test_few_clusters_cannot_tell_and_the_board_says_so(board, root):
    assert board.tracks["boilerplate"].smallest_p == 2 / 2**8
    few = replace(board.tracks["boilerplate"], clusters=3)
    assert few.smallest_p == 0.25
    assert "95 % intervals are too narrow" in (root / "leaderboard/site/boilerplate.html").read_text()


def test_the_confusion_of_entities_adds_up(board):
    table = np.array(rows(board, "entities")["half"].confusion)
    assert table.sum() == 72
    assert np.trace(table) == 36
    assert table[:-1, -1].sum() == 36


# Errors in the text

SPAN_TEXT = "Voltabri et Armorgel à Dole. Menu"


def judged(gold, found):
    record = Record(replace(make_records(1)[0].page, text=SPAN_TEXT), gold)
    page = mistakes.page(record, 0, layers_of([gold]), layers_of([found]))
    return page, *(re.findall(r'title="(\w+: \w+)">([^<]*)<', str(side)) for side in (page.system, page.gold))


def test_each_kind_of_error_is_told_on_both_sides():
    gold = Annotation(
        ("financing",), "financing",
        (Span(0, 8, "ORG"), Span(12, 20, "ORG"), Span(23, 27, "LOC")), (Span(29, 33, "NAV"),),
    )  # fmt: skip
    found = Annotation(
        (), "other",
        (Span(0, 8, "ORG"), Span(12, 20, "PER"), Span(21, 27, "LOC"), Span(9, 11, "DATE")), (Span(27, 33, "NAV"),),
    )  # fmt: skip
    page, ours, theirs = judged(gold, found)
    assert ours == [
        ("ORG: right", "Voltabri"), ("DATE: wrong", "et"), ("PER: label", "Armorgel"), ("LOC: border", "à Dole"),
        ("NAV: wrong", ". "), ("NAV: right", "Menu"),
    ]  # fmt: skip
    assert theirs == [
        ("ORG: right", "Voltabri"), ("ORG: label", "Armorgel"), ("LOC: border", "Dole"), ("NAV: right", "Menu"),
    ]  # fmt: skip
    assert page.errors == {"topics": 2, "entities": 5, "boilerplate": 1}


SPANS = st.lists(st.integers(0, len(BODY)), min_size=2, max_size=12, unique=True).map(sorted)


@st.composite
def layer(draw, codes):
    borders = draw(SPANS)
    couples = zip(borders[::2], borders[1::2], strict=False)
    return tuple(Span(start, end, draw(st.sampled_from(codes))) for start, end in couples)


@settings(max_examples=200, deadline=None)
@given(layer(ENTITIES), layer(BOILERPLATE))
def test_any_predictions_can_be_drawn_and_leave_the_text_as_it_is(entities, boilerplate):
    """Entities may lie in furniture or across its border; marks never overlap and no character is lost."""
    found = layers_of([Annotation((), "other", entities, boilerplate)])
    page = mistakes.page(make_records(1)[0], 0, layers_of([GOLD]), found)
    for side in (page.system, page.gold):
        without_labels = re.sub(r"<b>[^<]*</b>", "", str(side))
        assert html.unescape(re.sub(r"<[^>]*>", "", without_labels)) == BODY


def test_pages_with_most_errors_come_first_and_right_ones_not_at_all(board):
    held = {entrant.slug: entrant.layers for entrant in board.entrants}
    shown, wrong = mistakes.worst(make_records(24)[:24], board.reference.gold, held["half"])
    assert wrong == 12
    assert len(shown) == mistakes.PAGES
    assert all(int(page.record.id[-2:]) >= 12 for page in shown)
    assert mistakes.worst(make_records(24)[:24], board.reference.gold, held["good"]) == ([], 0)
    only = mistakes.worst(make_records(24)[:24], board.reference.gold, held["hostile"])[0][0]
    assert list(only.errors) == ["entities"]
    assert only.topics is None


# Pages


class Elements(html.parser.HTMLParser):
    """What a browser would make of a page: its elements, attributes and text."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.attributes, self.text = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes += [(name, value) for name, value in attrs]

    def handle_data(self, data):
        self.text.append(data)


def test_nothing_from_a_submission_or_a_page_is_more_than_text(root):
    pages = sorted((root / "leaderboard" / "site").rglob("*.html"))
    assert len(pages) == 5 + 7
    for path in pages:
        held = Elements(path.read_text(encoding="utf-8"))
        assert held.elements.count("script") == held.elements.count("style") == held.elements.count("h1") == 1, path
        assert not {"img", "iframe", "object", "link", "form"} & set(held.elements)
        for name, value in held.attributes:
            assert not name.startswith("on")
            if name in ("href", "src"):
                assert re.match(r"(\.\./)?(systems/)?[a-z-]+\.html$|#|https://example\.org/", value), value
        if path.stem in ("index", "entities"):
            assert "<script>alert('name')</script> | [x](http://x) `y`" in held.text
    told = "".join(Elements((root / "leaderboard/site/systems/hostile.html").read_text(encoding="utf-8")).text)
    for text in ("<img src=x onerror=alert(1)>", "{{ 7 * 7 }}{% raw %}", "</dd></dl><h1>Rank 1</h1>"):
        assert text in told
    assert "<script>alert('page')</script> & suite" in told


def test_the_page_policy_lets_the_one_script_run(root):
    import base64
    import hashlib

    text = (root / "leaderboard/site/index.html").read_text(encoding="utf-8")
    script = re.search(r"<script>(.*?)</script>", text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src &#39;sha256-{digest}&#39;" in text or f"script-src 'sha256-{digest}'" in text


def test_every_link_leads_somewhere(root):
    folder = root / "leaderboard" / "site"
    for path in folder.rglob("*.html"):
        held = Elements(path.read_text(encoding="utf-8"))
        ids = {value for name, value in held.attributes if name == "id"}
        for name, value in held.attributes:
            if name == "href" and value.startswith("#"):
                assert value[1:] in ids, (path, value)
            elif name == "href" and not value.startswith("http"):
                assert (path.parent / value).is_file(), (path, value)


def test_the_summary_shows_names_as_they_are_and_flags(root):
    text = (root / "leaderboard/README.md").read_text(encoding="utf-8")
    assert "<script>" not in text
    assert "[x](http" not in text
    (row,) = [line for line in text.split("\n") if "alert" in line]
    assert row.count("|") == 6
    assert "| 1 = | [Good](site/systems/good.html) (system) |" in text
    assert "⚑ saw test pages" in text
    assert "The test gold is public" in text
    assert summary.escape("a_b\n*c*") == "a&#95;b &#42;c&#42;"


def test_the_page_of_a_system_says_what_its_card_says(root):
    text = (root / "leaderboard/site/systems/good.html").read_text(encoding="utf-8")
    for told in ("ada@example.org", "wrote: no, labelled: no, tuned: no", "1,000", "⚑ saw test pages", "Calibration"):
        assert told in text


# The command


def test_the_same_submissions_give_the_same_bytes_and_check_sees_what_is_stale(root, tmp_path):
    copy = tmp_path / "repo"
    shutil.copytree(root, copy)
    call = ["leaderboard", "--root", str(copy), "--resamples", "200"]
    assert CliRunner().invoke(app, [*call, "--check"]).exit_code == 0
    page = copy / "leaderboard/site/systems/good.html"
    page.write_text("other")
    (copy / "leaderboard/site/topics.html").unlink()
    (copy / "leaderboard/site/systems/gone.html").write_text("")
    stale = CliRunner().invoke(app, [*call, "--check"])
    assert isinstance(stale.exception, DataError)
    assert {problem.found for problem in stale.exception.problems} == {
        "another content", "no such file", "a file that is no part of the board",
    }  # fmt: skip
    assert page.read_text() == "other"
    assert CliRunner().invoke(app, call).exit_code == 0
    assert CliRunner().invoke(app, [*call, "--check"]).exit_code == 0
    before, after = (
        {path.relative_to(base): path.read_bytes() for path in (base / "leaderboard").rglob("*") if path.is_file()}
        for base in (root, copy)
    )
    assert before == after


def test_a_wrong_submission_leaves_the_board_as_it_was(root, tmp_path):
    copy = tmp_path / "repo"
    shutil.copytree(root, copy)
    (copy / "leaderboard/submissions/good/system.yaml").write_text("a: &a 1\nb: *a\n")
    done = CliRunner().invoke(app, ["leaderboard", "--root", str(copy)])
    assert isinstance(done.exception, DataError)
    assert (copy / "leaderboard/README.md").read_bytes() == (root / "leaderboard/README.md").read_bytes()
