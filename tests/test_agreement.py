"""Agreement between annotators: the figures against packages, and the command on a small corpus."""

import json
import sys

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score
from typer.testing import CliRunner

from etabli import agreement, gamma, sources
from etabli.cli import app
from etabli.documents import Span
from etabli.errors import DataError, UsageError
from etabli.scoring.statistics import Sampling
from tests.corpus_maker import make_corpus, write

choices = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=30)


def table_of(pairs):
    table = np.zeros((4, 4))
    for one, other in pairs:
        table[one, other] += 1
    return table


@given(choices)
def test_kappa_is_scikit_learns_and_alpha_is_krippendorffs(pairs):
    table = table_of(pairs)
    one, other = (np.array(side) for side in zip(*pairs, strict=True))
    kappa, alpha = float(agreement.kappa(table)), float(agreement.alpha(table))
    if len(set(one) | set(other)) == 1:
        assert np.isnan(kappa)
        assert np.isnan(alpha)
        assert np.isnan(agreement.alpha_of(one, other))
        return
    theirs = krippendorff.alpha(reliability_data=[one, other], level_of_measurement="nominal")
    assert alpha == pytest.approx(theirs) == pytest.approx(agreement.alpha_of(one, other))
    assert kappa == pytest.approx(cohen_kappa_score(one, other))


@given(choices, st.integers(0, 3))
def test_one_class_against_the_rest(pairs, place):
    binary = agreement.one_against_rest(table_of(pairs), place)
    assert binary.sum() == len(pairs)
    assert binary[0, 1] == sum(one == place != other for one, other in pairs)
    assert binary[1, 0] == sum(one != place == other for one, other in pairs)


def found_in(root):
    figures = agreement.agreement(sources.read(root), Sampling(100))
    between = {(one.layer, one.label, one.measure): one for one in figures.between}
    errors = {(one.layer, one.label, one.unit): one for one in figures.errors}
    return figures, between, errors


def test_equal_layers_agree_wholly(tmp_path):
    figures, between, errors = found_in(make_corpus(tmp_path))
    assert (figures.pages, figures.events, figures.sites) == (2, 2, 2)
    assert between["entities", "all", "F1"].value == 1
    assert np.isnan(between["entities", "LAW", "F1"].value)
    assert between["topics", "main_topic", "kappa"].value == 1
    assert between["boilerplate", "all", "kappa"].value == 1
    assert {one.value for one in errors.values()} == {0}
    assert {layer for layer, _, _ in errors} == {"a", "b", "gold"}


def test_differences_are_counted(tmp_path):
    root = make_corpus(tmp_path)
    path = root / "annotations/b/etb-00002.txt"
    text = path.read_text(encoding="utf-8")
    text = text.replace("⟦LOC|Brest⟧", "Brest").replace("⟦LEGAL|", "⟦NAV|").replace("financing", "regulatory")
    write(path, text)
    _, between, errors = found_in(root)
    # Voltabri, Dole, 12 000 bornes, 2021, Armorgel, 3 millions, 20 salariés on both sides; Brest on one
    assert between["entities", "all", "F1"].value == pytest.approx(2 * 7 / (8 + 7))
    assert between["entities", "all", "F1"].units == 8
    assert between["entities", "LOC", "F1"].value == pytest.approx(2 / 3)
    assert between["boilerplate", "all", "F1"].value == 1
    solid = len("Accueil" + "Industrie" + "Réagir")
    legal = len("©2020L'Écho")
    assert between["boilerplate", "all", "F1 with class"].value == pytest.approx(solid / (solid + legal))
    assert between["topics", "industrialization", "alpha"].value == 1
    assert between["topics", "financing", "kappa"].value == 0
    assert errors["b", "class", "characters"].value == pytest.approx(legal / errors["b", "class", "characters"].units)
    assert errors["b", "article or furniture", "lines"].value == 0
    assert errors["a", "class", "characters"].value == 0


def test_the_command_prints_and_writes_the_same_twice(tmp_path):
    root = make_corpus(tmp_path)
    shown = CliRunner().invoke(app, ["agreement", "--root", str(root), "--write"])
    assert shown.exit_code == 0, shown.output
    assert "two runs of a language model" in shown.output
    folder = root / "annotations"
    first = [(folder / name).read_bytes() for name in ("AGREEMENT.md", "agreement.json")]
    assert b"runs of a language model" in first[0].splitlines()[4]
    assert json.loads(first[1])["pages"] == 2
    printed = CliRunner().invoke(app, ["agreement", "--root", str(root), "--write", "--json"])
    assert json.loads(printed.output) == json.loads(first[1])
    assert first == [(folder / name).read_bytes() for name in ("AGREEMENT.md", "agreement.json")]


def test_what_cannot_be_compared_is_said(tmp_path):
    with pytest.raises(UsageError):
        agreement.agreement(sources.read(tmp_path))
    root = make_corpus(tmp_path)
    write(root / "annotations/a/etb-00001.txt", "topics:\nmain_topic: other\n---\nautre texte")
    with pytest.raises(DataError, match="another text"):
        agreement.agreement(sources.read(root))
    for path in (root / "annotations/b").glob("*.txt"):
        path.unlink()
    with pytest.raises(UsageError, match="both annotators"):
        agreement.agreement(sources.read(root))


def test_gamma_is_kept_by_its_spans(tmp_path, monkeypatch):
    root = make_corpus(tmp_path)
    asked = []
    monkeypatch.setattr(gamma, "of_spans", lambda first, second, seed: asked.append((first, second)) or 0.5)
    for _ in range(2):  # the second time all is kept
        agreement.compute_gammas(sources.read(root), list)
        assert len(asked) == 4
    _, between, _ = found_in(root)
    assert between["entities", "all", "gamma"].value == between["boilerplate", "all", "gamma"].value == 0.5
    assert between["entities", "all", "gamma"].units == 2
    path = root / "annotations/b/etb-00002.txt"
    write(path, path.read_text(encoding="utf-8").replace("⟦LOC|Brest⟧", "Brest"))
    _, between, _ = found_in(root)
    assert between["entities", "all", "gamma"].units == 1  # the other value speaks of spans that are no more
    assert between["boilerplate", "all", "gamma"].units == 2
    agreement.compute_gammas(sources.read(root), list)
    assert len(asked) == 5
    assert len(gamma.read(root)) == 4


def test_gamma_by_the_package():
    pytest.importorskip("pygamma_agreement")
    spans = tuple(Span(10 * i, 10 * i + 5, "LOC" if i % 2 else "ORG") for i in range(8))
    moved = (*spans[:-1], Span(71, 76, "ORG"))
    assert gamma.of_spans(spans, spans, "00000000") == 1
    value = gamma.of_spans(spans, moved, "00000000")
    assert value == gamma.of_spans(spans, moved, "00000000")
    assert 0.5 < value < 1


def test_gamma_without_the_package_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "pygamma_agreement", None)
    with pytest.raises(UsageError, match="pygamma"):
        gamma.of_spans((Span(0, 1, "LOC"),), (Span(0, 1, "LOC"),), "00000000")
