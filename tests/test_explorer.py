"""The explorer's files: what they hold, that all is escaped, that they are the same each time."""

import json
import re
from dataclasses import replace

import pytest
import yaml
from typer.testing import CliRunner

from etabli import explorer, loading
from etabli.cli import app
from etabli.documents import Annotation, Page, Record, Span
from etabli.errors import DataError, UsageError
from etabli.explorer import compare, index, origins, totals
from tests.corpus_maker import write

HOSTILE = '<script>alert("x")</script>&\u2028</style>'


def run(*args):
    return CliRunner().invoke(app, ["explore", *map(str, args)])


def hostile():
    """A record whose every free field is an attack."""
    text = f"{HOSTILE} Voltabri\n{HOSTILE}"
    at = text.index("Voltabri")
    page = Page(
        "etb-00001", text, HOSTILE, 0, len(HOSTILE), "2020-01-01", "s", "wire", "energy", "aid",
        (HOSTILE,), ("an-event",), "train", "0.1.0",
    )  # fmt: skip
    gold = Annotation(("financing",), "financing", (Span(at, at + 8, "ORG"),), (Span(at + 9, len(text), "NAV"),))
    other = replace(gold, topics=(), main_topic="other", entities=(Span(0, 7, "PER"),))
    fact = {
        "date": HOSTILE, "facts": [{"about": HOSTILE, "fact": HOSTILE, "sources": [1]}],
        "sources": [
            {"url": "javascript:alert(1)", "publisher": HOSTILE, "date": "unknown"},
            {"url": 'https://example.org/"onmouseover="x', "publisher": "P", "date": "2020"},
        ],
    }  # fmt: skip
    return Record(page, gold, {"a": gold, "b": other}), origins.Origins({"an-event": fact}, {"s": HOSTILE})


def test_everything_is_escaped():
    record, known = hostile()
    site = dict(explorer.files([record], HOSTILE, known))
    for name in ("index.html", "totaux.html", "pages/etb-00001.html"):
        assert "<script>alert" not in site[name], name
        assert "</style>" not in site[name], name
        assert "&lt;script&gt;" in site[name], name
    page = site["pages/etb-00001.html"]
    assert 'href="javascript' not in page
    assert 'href="https://example.org/&#34;onmouseover=&#34;x"' in page
    data = site["data/index.js"].removeprefix("window.ETABLI = ").removesuffix(";\n")
    assert json.loads(data)["rows"][0][1] == HOSTILE


def test_layers_that_differ_stand_side_by_side():
    text = "Un\nVoltabri et Dole\nMenu\nbas"
    gold = (Span(3, 11, "ORG"), Span(20, 28, "NAV"))
    other = (Span(3, 11, "ORG"), Span(15, 19, "LOC"), Span(20, 24, "NAV"), Span(25, 28, "NAV"))
    lines = compare.lines(text, {"a": other, "b": gold, "gold": gold})
    assert [line.differs for line in lines] == [False, True, False, False]
    a, b, reference = lines[1].cells
    assert (a.layer, b.layer, reference.layer) == ("a", "b", "gold")
    assert '<span class="diff"><mark class="entity"' in a.html
    assert "diff" not in b.html
    assert b.html == reference.html
    assert [line.cells[0].continued for line in lines] == [False, False, False, True]
    plain = [re.sub(r"<b>\w+</b>|<[^>]+>", "", cell.html) for line in lines for cell in line.cells]
    assert plain == ["Un", *["Voltabri et Dole"] * 3, "Menu", "bas"]


def test_every_line_of_the_release_is_drawn_whole():
    from html import unescape

    for record in loading.load()[:20]:
        layers = {name: layer.spans for name, layer in record.annotators.items()} | {"gold": record.gold.spans}
        lines = compare.lines(record.text, layers)
        for cell in (0, -1):
            drawn = [unescape(re.sub(r"<b>[A-Z]+</b></mark>|<[^>]+>", "", line.cells[cell].html)) for line in lines]
            assert "\n".join(drawn) == record.text


def test_the_site_of_a_repository(built, tmp_path):
    out = tmp_path / "site"
    done = run("--out", out, "--corpus", built / "corpus", "--root", built)
    assert done.exit_code == 0, done.output
    page = (out / "pages/etb-00001.html").read_text(encoding="utf-8")
    assert '<a href="https://example.org/a" rel="noopener noreferrer external">https://example.org/a</a>' in page
    assert "<strong>lieu</strong> : Dole" in page
    assert "Atelier (presse professionnelle)" in page
    assert 'rel="next" href="etb-00002.html"' in page
    before = {path: path.read_bytes() for path in out.rglob("*.*")}
    stale = out / "pages" / "etb-99999.html"
    stale.write_text("old")
    assert run("--out", out, "--corpus", built / "corpus", "--root", built).exit_code == 0
    assert {path: path.read_bytes() for path in out.rglob("*.*")} == before
    without = tmp_path / "without"
    assert run("--out", without, "--corpus", built / "corpus", "--root", tmp_path).exit_code == 0
    assert "n'est pas à portée" in (without / "pages/etb-00001.html").read_text(encoding="utf-8")


def test_nothing_is_asked_of_the_network(built, tmp_path):
    run("--out", tmp_path / "site", "--corpus", built / "corpus", "--root", built)
    for path in (tmp_path / "site").rglob("*.*"):
        content = path.read_text(encoding="utf-8")
        assert not re.findall(r'(?:src|<link[^>]*href)="(?:https?:)?//', content), path
        assert not re.findall(r"\bfetch\(|XMLHttpRequest|@import|url\(", content), path


def test_the_index_and_the_charts_count_what_is_there(built):
    held = loading.load(built / "corpus").records
    known = origins.read(built, held)
    script = index.script(held, "1.0.0", known, {r.id: 0 for r in held})
    data = json.loads(script.removeprefix("window.ETABLI = ").removesuffix(";\n"))
    assert data["names"]["site"] == [["atelier", "Atelier"], ["echo", "Echo"]]
    assert [row[0] for row in data["rows"]] == ["etb-00001", "etb-00002"]
    assert [row[7] for row in data["rows"]] == [1, 2]
    charts = {chart.code: chart for chart in totals.charts(held, known)}
    assert charts["sujets"].rows == (("Industrialisation", (1, 0, 0), 1), ("Financement", (0, 0, 1), 1))
    assert charts["entites"].rows[0] == ("Organisation (ORG)", (1, 0, 1), 2)
    assert charts["sujets"].svg.count("<rect") == 2
    filters = {entry["name"]: entry["choices"] for entry in index.filters(held, known)}
    assert filters["year"] == [("2020", "2020")]
    assert filters["split"] == [("train", "Entraînement"), ("test", "Test")]


def test_wrong_calls_and_files(built, tmp_path):
    write(tmp_path / "mine" / "notes.txt", "x")
    done = run("--out", tmp_path / "mine", "--corpus", built / "corpus", "--root", built)
    assert isinstance(done.exception, UsageError)
    assert "neither empty nor" in str(done.exception)
    done = run("--out", tmp_path / "mine" / "notes.txt", "--corpus", built / "corpus", "--root", built)
    assert isinstance(done.exception, UsageError)
    fact = built / "corpus/facts/verdun-2019.yaml"
    broken = yaml.safe_load(fact.read_text(encoding="utf-8")) | {"sources": "none"}
    for content, message in (("a: [", "yaml"), (yaml.safe_dump(broken), "schema-fact")):
        write(fact, content)
        done = run("--out", tmp_path / "new", "--corpus", built / "corpus", "--root", built)
        assert isinstance(done.exception, DataError)
        assert message in str(done.exception)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("layers", [{}, {"a": Annotation()}])
def test_a_page_without_both_annotators_is_shown(layers):
    record, _ = hostile()
    site = dict(explorer.files([replace(record, annotators=layers)], "1", origins.Origins()))
    assert ('id="compare"' in site["pages/etb-00001.html"]) == bool(layers)
