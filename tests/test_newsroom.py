"""Drafts, composition, handouts and settling."""

import json

import pytest

from etabli import lineform, marked, schemas, sources
from etabli.documents import Annotation, Span
from etabli.errors import DataError, UsageError
from etabli.newsroom import drafts, handout, settle
from etabli.newsroom.compose import compose
from tests.corpus_maker import write

DRAFT = """site: atelier
events: verdun-2019, autre-2020
brief: lot1-a
published: 2021-03-04
sector: electronics
kind: new-plant
companies: Voltabri; Batrion
title: L'usine de 4 200 m2 ouvre à Dole
standfirst: Le chapô.
caption: L'atelier.
---
Un « premier » paragraphe sur
deux lignes.

## Un intertitre

> Un exergue

| Un encadré
| 60 salariés

@ À propos de Voltabri. Fabricant.
"""
TEMPLATE = """⟦NAV|Accueil
{{ title }}⟧
{{ title }}
⟦META|Publié le {{ day(published) }} ({{ day(published, 'weekday') }})⟧
{{ standfirst }}
{% for b in blocks %}
{% if b.kind == 'about' %}⟦PROMO|{{ b }}⟧{% else %}{{ b }}{% endif %}{% if loop.first %}⟦SOCIAL|Réagir⟧{% endif %}

{% endfor %}
⟦RELATED|{% for t in related(5) %}{{ t }}
{% endfor %}⟧
⟦LEGAL|   ⟧
{{ pick(v.ends) }}{{ number(1, 1) }}
"""


@pytest.fixture
def site(tmp_path):
    write(tmp_path / "page.j2", TEMPLATE)
    write(tmp_path / "d.md", DRAFT)
    style = {"apostrophe": "’", "quotes": ["“", "”"], "nbsp": "\u00a0", "thousands": "\u202f", "square": True}
    return tmp_path, {"site": "atelier", "values": {"typography": style, "ends": ["Fin"]}}


def test_a_draft_is_read(site):
    draft = drafts.read(site[0] / "d.md")
    assert draft.events == ("verdun-2019", "autre-2020")
    assert draft.companies == ("Voltabri", "Batrion")
    assert [b.kind for b in draft.blocks] == ["paragraph", "intertitle", "pull", "box", "about"]
    assert draft.blocks[0].text == "Un « premier » paragraphe sur deux lignes."
    assert draft.blocks[3].text == "Un encadré\n60 salariés"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("brief: lot1-a\n", "", "no brief"),
        ("site:", "sight:", "sight"),
        ("---\n", "", "complete header|one of"),
    ],
)
def test_a_wrong_draft_is_refused(site, old, new, message):
    write(site[0] / "d.md", DRAFT.replace(old, new, 1))
    with pytest.raises(DataError, match=message):
        drafts.read(site[0] / "d.md")


def test_furniture_is_known_from_the_template_and_typography_is_the_sites(site):
    folder, config = site
    draft = drafts.read(folder / "d.md")
    page = compose(draft, "etb-00001", folder / "page.j2", config, ["Titre A", "Titre B", draft.title])
    lines = page.text.split("\n")
    assert lines[2] == "L’usine de 4\u202f200 m² ouvre à Dole" == page.title
    assert page.text[page.title_start : page.title_end] == page.title
    assert page.title_start == page.text.index(page.title, page.text.index(page.title) + 1), "the copy in NAV is not it"
    assert "Un “premier” paragraphe sur deux lignes.Réagir" in page.text
    said = {s.label: page.text[s.start : s.end] for s in page.furniture}
    assert said["SOCIAL"] == "Réagir"
    assert said["PROMO"] == "À propos de Voltabri. Fabricant."
    assert sorted(said["RELATED"].split("\n")) == ["Titre A", "Titre B"]
    assert said["META"] == "Publié le 4 mars 2021 (jeudi 4 mars 2021)"
    assert "LEGAL" not in said, "an empty bracket is dropped"
    assert "\n\n" not in page.text
    again = compose(draft, "etb-00001", folder / "page.j2", config, ["Titre A", "Titre B"])
    assert again == page, "the same page id draws the same page"


def test_a_template_that_fails_says_so(site):
    folder, config = site
    draft = drafts.read(folder / "d.md")
    for body in ("{{ nothing }}", "⟦NAV|x", "no title here", "⟦NAV|{{ title }}⟧"):
        write(folder / "page.j2", body)
        with pytest.raises(DataError, match=r"page\.j2"):
            compose(draft, "etb-00001", folder / "page.j2", config, [])


def test_a_handout_is_blind_and_comes_back_whole(tmp_path):
    texts = {"etb-00001": "Menu\nVoltabri recrute à Dole\nVoltabri grandit de 5 %", "etb-00002": "Rien"}
    guide = tmp_path / "GUIDE.md"
    write(guide, "Guide")
    folder, key = tmp_path / "out", tmp_path / "key.json"
    handout.hand_out(texts, [guide], folder, key, "seed")
    for path in folder.rglob("*"):
        assert "etb-" not in path.name
        assert path.is_dir() or "etb-" not in path.read_text()
    with pytest.raises(UsageError, match="stands already"):
        handout.hand_out(texts, [guide], folder, key, "seed")
    names = {page_id: name for name, page_id in json.loads(key.read_text()).items()}
    assert handout.page_of((folder / "pages" / f"{names['etb-00001']}.txt").read_text()) == texts["etb-00001"]
    problems, _ = handout.check(folder)
    assert len(problems) == 2, "both pages lack rows"
    head = "topics:\nmain_topic: other\n"
    write(folder / "rows" / f"{names['etb-00002']}.tsv", head)
    write(folder / "rows" / f"{names['etb-00001']}.tsv", head + "1\tNAV\n2\tORG\tVoltabri\n2\tLOC\tParis\n")
    with pytest.raises(DataError, match="Paris"):
        handout.collect(tmp_path, folder, key, "a", {})
    assert not (tmp_path / "annotations").exists(), "all pages or none"
    write(folder / "rows" / f"{names['etb-00001']}.tsv", head + "1\tNAV\n2\tORG\tVoltabri\n")
    _, hints = handout.check(folder)
    assert [h.split(" ", 1)[1] for h in hints] == [
        "line 2: « Dole » is not marked (a capital)",
        "line 3: « Voltabri » is not marked (marked ORG elsewhere)",
        "line 3: « 5 » is not marked (a figure)",
    ]
    log = {
        "kind": "language-model",
        "run": "r",
        "guide": 1,
        "when": "2026-01-01",
        "lead_time": None,
        "pre_annotated": False,
    }
    assert handout.collect(tmp_path, folder, key, "a", log) == ["etb-00001", "etb-00002"]
    text, annotation = marked.parse((tmp_path / "annotations/a/etb-00001.txt").read_text())
    assert text == texts["etb-00001"]
    assert annotation.boilerplate == (Span(0, 4, "NAV"),)
    lines = [json.loads(line) for line in (tmp_path / "annotations/a/log.jsonl").read_text().splitlines()]
    assert [line["id"] for line in lines] == ["etb-00001", "etb-00002"]
    assert all(schemas.is_valid("log", line) for line in lines)


TEXT = "Menu Voltabri et Batrion à Dole jeudi"
A = Annotation(("financing",), "financing", (Span(5, 13, "ORG"), Span(17, 24, "ORG")), (Span(0, 4, "NAV"),))
B = Annotation((), "other", (Span(5, 13, "ORG"), Span(17, 24, "PROD"), Span(27, 31, "LOC")), (Span(0, 4, "META"),))
ALL = [
    {"item": "topics", "choose": "a", "reason": "lead"},
    {"item": "main_topic", "choose": "set", "main_topic": "other", "reason": "lead"},
    {"item": 1, "choose": "rows", "rows": ["1\tRELATED\tMenu"], "reason": "bloc"},
    {"item": 2, "choose": "b", "reason": "produit"},
    {"item": 3, "choose": "none", "reason": "non"},
    {"item": "extra", "rows": ["1\tDATE\tjeudi"], "reason": "oubli"},
]


def test_differences_are_listed_and_settled():
    versions = {"a": A, "b": B}
    told = settle.describe(TEXT, versions, ("entities", "boilerplate"))
    assert "item 2 (entities)\n    a: [1 ORG «Batrion»]\n    b: [1 PROD «Batrion»]" in told
    gold, log = settle.settle("etb-00001", TEXT, versions, ALL)
    assert gold == Annotation(
        ("financing",), "other",
        (Span(5, 13, "ORG"), Span(17, 24, "PROD"), Span(32, 37, "DATE")), (Span(0, 4, "RELATED"),),
    )  # fmt: skip
    places = {(line["layer"], line.get("start")): line["gold"] for line in log}
    assert places == {("topics", None): ["financing"], ("main_topic", None): "other", ("boilerplate", 0): "RELATED",
                      ("entities", 17): "PROD", ("entities", 27): None, ("entities", 32): "DATE"}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.pop(3), "item 2 is not decided"),
        (lambda d: d.pop(0), "topics is not decided"),
        (lambda d: d.append({"item": 9, "choose": "a", "reason": "x"}), "do not differ"),
        (lambda d: d.append(dict(d[3])), "two decisions"),
        (lambda d: d[3].update(choose="c"), "no choice"),
        (lambda d: d[3].update(reason=" "), "no reason"),
        (lambda d: d[2].update(rows=["1\tNAV\tXX"]), "does not stand"),
        (lambda d: d[5].update(rows=["1\tLOC\tBatrion"]), "overlaps"),
        (lambda d: d[5].update(drop=["1\tLOC\tDole"]), "nothing to drop"),
    ],
)
def test_decisions_that_do_not_apply_are_refused(change, message):
    decisions = [dict(d) for d in ALL]
    change(decisions)
    with pytest.raises(settle.SettleError, match=message):
        settle.settle("etb-00001", TEXT, {"a": A, "b": B}, decisions)


def test_numbering_and_rows_agree():
    assert lineform.number_lines("a\n\nb") == "1\ta\n2\t\n3\tb\n"
    assert handout.page_of(lineform.number_lines("a\n\nb")) == "a\n\nb"


def test_the_repositorys_construction_comes_from_its_pages(root):
    corpus = sources.read(root)
    for page_id, page in corpus.layers["construction"].items():
        assert page.text == corpus.texts[page_id]
