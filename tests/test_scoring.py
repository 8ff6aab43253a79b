"""Counts and measures against outside oracles, on random labels."""

import warnings
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nervaluate import Evaluator
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching
from seqeval.metrics import f1_score as seqeval_f1
from seqeval.scheme import IOB2
from sklearn.metrics import average_precision_score, brier_score_loss, f1_score, precision_score, recall_score

from etabli.columns import Layers, layers_of, spans_of
from etabli.documents import Annotation, Span
from etabli.labels import BOILERPLATE, ENTITIES, TOPICS
from etabli.scoring import boilerplate, catalogue, entities, measures, topics
from etabli.scoring.counts import Reference, connected
from etabli.scoring.tracks import count
from etabli.tokens import to_iob2
from tests.scoring_maker import make_reference

FEW = ENTITIES[:3]
WORDS = [(2 * n, 2 * n + 1) for n in range(20)]
TEXT = " ".join("abcdefghijklmnopqrst")


@st.composite
def some_spans(draw, labels=FEW, length=len(TEXT), step=1):
    cuts = sorted(draw(st.sets(st.integers(0, length // step), max_size=12)))
    return tuple(
        Span(start * step, end * step, draw(st.sampled_from(labels)))
        for start, end in pairwise(cuts)
        if draw(st.booleans())
    )


def pages_of(spans, part="entities"):
    blank = {"topics": [], "main_topic": "other", "entities": [], "boilerplate": []}
    return [{"id": f"p{n}", "text": TEXT, **blank, part: [s._asdict() for s in held]} for n, held in enumerate(spans)]


def scores(track, reference, layers):
    counts = count(track, reference, layers)
    held = catalogue.available(track, counts.columns, curves=False)
    return {k: float(v) for k, v in measures.values(held, counts.columns, counts.values.sum(axis=0)).items()}


def same(ours, theirs):
    """Equal, where ours is undefined and theirs says 0."""
    return theirs == 0 if np.isnan(ours) else ours == pytest.approx(theirs)


words = st.lists(some_spans(length=20), min_size=1, max_size=4)


@settings(deadline=None)
@given(words, st.data())
def test_entities_agree_with_seqeval_and_nervaluate(gold, data):
    # Spans over whole words, so that tags say the same as spans.
    found = [data.draw(some_spans(length=20)) for _ in gold]
    on_text = [[tuple(Span(2 * s, 2 * e - 1, lab) for s, e, lab in page) for page in side] for side in (gold, found)]
    reference = make_reference(pages_of(on_text[0]))
    ours = scores("entities", reference, Layers(entities=spans_of(on_text[1], "entities")))
    tags = [[to_iob2(WORDS, page) for page in side] for side in on_text]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert same(ours["entities.micro_f1"], seqeval_f1(*tags, mode="strict", scheme=IOB2))
    total, by_label = _nervaluate(on_text)
    assert same(ours["entities.micro_precision"], total["strict"].precision)
    assert same(ours["entities.micro_recall"], total["strict"].recall)
    assert same(ours["entities.span_f1"], total["exact"].f1)
    for label in FEW:
        assert same(ours[f"entities.{label}.f1"], by_label[label]["strict"].f1 if label in by_label else 0)


def _nervaluate(sides):
    """nervaluate's overall results and its results by label, from spans with inclusive ends."""
    dicts = [[[{"label": lab, "start": s, "end": e - 1} for s, e, lab in page] for page in side] for side in sides]
    results = Evaluator(*dicts, tags=list(FEW), loader="dict").evaluate()
    return results["overall"], results["entities"]


@settings(deadline=None, max_examples=300)
@given(some_spans(), some_spans())
def test_overlap_matching_is_one_to_one_as_large_as_can_be_and_keeps_exact_matches(gold, found):
    sides = [spans_of([side], "entities") for side in (gold, found)]
    same_place, at = entities.match(*sides)
    exact = same_place & (sides[1].label == sides[0].label[at]) if len(gold) else same_place
    taken = entities.overlapping(*sides, exact, at)
    touch = np.array(
        [[p.label == g.label and p.start < g.end and g.start < p.end for g in gold] for p in found], dtype=int
    ).reshape(len(found), len(gold))
    largest = (maximum_bipartite_matching(csr_array(touch), perm_type="column") >= 0).sum() if touch.size else 0
    assert taken.sum() == largest
    assert (taken | ~exact).all()
    # what is taken can really be matched at once
    kept = touch[taken]
    if kept.size:
        assert (maximum_bipartite_matching(csr_array(kept), perm_type="column") >= 0).sum() == len(kept)


@given(some_spans(), some_spans(labels=BOILERPLATE[:2]))
def test_leak_is_the_share_of_predictions_with_a_character_in_furniture(found, furniture):
    reference = make_reference(pages_of([furniture], "boilerplate"))
    counts = entities.count(reference, Layers(entities=spans_of([found], "entities")))
    covered = {c for s in furniture for c in range(s.start, s.end)}
    assert counts["leaked"].sum() == sum(any(c in covered for c in range(s.start, s.end)) for s in found)


@settings(deadline=None)
@given(st.lists(some_spans(labels=BOILERPLATE[:3]), min_size=1, max_size=4), st.data())
def test_boilerplate_agrees_with_scikit_learn_character_by_character(gold, data):
    found = [data.draw(some_spans(labels=BOILERPLATE[:3])) for _ in gold]
    reference = make_reference(pages_of(gold, "boilerplate"))
    layers = Layers(boilerplate=spans_of(found, "boilerplate"))
    ours = scores("boilerplate", reference, layers)
    truth, guess = ([_classes(page) for page in side] for side in (gold, found))
    flat_truth, flat_guess = (np.concatenate(side) for side in (truth, guess))
    binary = {"y_true": flat_truth > 0, "y_pred": flat_guess > 0, "zero_division": 0}
    assert same(ours["boilerplate.f1"], f1_score(**binary))
    assert same(ours["boilerplate.precision"], precision_score(**binary))
    assert same(ours["boilerplate.recall"], recall_score(**binary))
    numbers = list(range(1, 4))
    with_class = f1_score(flat_truth, flat_guess, labels=numbers, average="micro", zero_division=0)
    assert same(ours["boilerplate.class_f1"], with_class)
    article = [f1_score(t == 0, g == 0, zero_division=1) for t, g in zip(truth, guess, strict=True)]
    assert ours["boilerplate.article_f1"] == pytest.approx(np.mean(article))
    exact = [(t == 0).tolist() == (g == 0).tolist() for t, g in zip(truth, guess, strict=True)]
    assert ours["boilerplate.article_exact"] == pytest.approx(np.mean(exact))
    assert boilerplate.confusion(reference, layers).sum() == 20 * len(gold)


def _classes(spans):
    out = np.zeros(len(TEXT), int)
    for start, end, label in spans:
        out[start:end] = BOILERPLATE.index(label) + 1
    return out[::2]  # the letters; between them are spaces


def test_boilerplate_is_the_same_in_chunks(monkeypatch):
    gold = [(Span(0, 5, "NAV"), Span(5, 9, "META")), (), (Span(3, len(TEXT), "LEGAL"),)]
    reference = make_reference(pages_of(gold, "boilerplate"))
    layers = Layers(boilerplate=spans_of([(), (Span(0, 3, "NAV"),), (Span(1, 9, "LEGAL"),)], "boilerplate"))
    whole = boilerplate.count(reference, layers).values
    monkeypatch.setattr(boilerplate, "CHUNK", 1)
    assert (boilerplate.count(reference, layers).values == whole).all()


grid = st.integers(2, 8).flatmap(
    lambda n: st.tuples(*(st.lists(st.tuples(*[st.booleans()] * 3), min_size=n, max_size=n) for _ in range(2)))
)


@settings(deadline=None)
@given(grid)
def test_topics_agree_with_scikit_learn(pair):
    truth, guess = (np.array(side) for side in pair)
    reference = _topics_reference(truth)
    ours = scores("topics", reference, Layers(topics=guess))
    each = f1_score(truth, guess, average=None, zero_division=np.nan)
    defined = each[~np.isnan(each)]
    for topic, value in zip(TOPICS, each, strict=True):
        assert ours[f"topics.{topic}.f1"] == pytest.approx(value, nan_ok=True)
    assert ours["topics.macro_f1"] == pytest.approx(defined.mean() if len(defined) else np.nan, nan_ok=True)
    assert same(ours["topics.micro_f1"], f1_score(truth, guess, average="micro", zero_division=0))
    assert ours["topics.exact_set"] == pytest.approx((truth == guess).all(axis=1).mean())


def _topics_reference(truth):
    notes = [Annotation(tuple(t for t, on in zip(TOPICS, row, strict=True) if on)) for row in truth]
    base = make_reference(pages_of([()] * len(truth)))
    return Reference(base.pages, layers_of(notes), base.clusters)


probabilities = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.5, 0.75, 0.9, 1.0])
curve = st.integers(2, 12).flatmap(
    lambda n: st.tuples(
        st.lists(st.tuples(*[st.booleans()] * 3), min_size=n, max_size=n),
        st.lists(st.tuples(*[probabilities] * 3), min_size=n, max_size=n),
        st.lists(st.integers(0, 3), min_size=n, max_size=n),
    )
)


@settings(deadline=None)
@given(curve)
def test_average_precision_brier_and_calibration_error(case):
    truth, guess, weights = np.array(case[0]), np.array(case[1]), np.array(case[2], float)[None, :]
    for number in range(3):
        ours = topics.average_precision(truth[:, number], guess[:, number], weights)[0]
        if (weights[0] * truth[:, number]).sum() == 0:
            assert np.isnan(ours)
            continue
        theirs = average_precision_score(truth[:, number], guess[:, number], sample_weight=weights[0])
        assert ours == pytest.approx(theirs)
    layers = Layers(topics=guess > 0.5, topic_scores=guess)
    ours = scores("topics", _topics_reference(truth), layers)["topics.brier"]
    assert ours == pytest.approx(np.mean([brier_score_loss(truth[:, n], guess[:, n], pos_label=1) for n in range(3)]))
    # a resample that holds a page twice is the pages with that page repeated
    times = weights[0].astype(int)
    repeated = np.repeat(truth, times, axis=0), np.repeat(guess, times, axis=0)
    if times.sum():
        once = topics.calibration_error(*repeated, np.ones((1, times.sum())))
        assert topics.calibration_error(truth, guess, weights) == pytest.approx(once)


def test_calibration_error_by_hand_and_its_floor():
    # 10 pairs of probability .2 of which 4 are true, and 20 of .8 of which all are: a third of .2 and two of .2
    guess = np.repeat([0.2, 0.8], [10, 20])[:, None].repeat(1, axis=1)
    truth = np.repeat([True, False, True], [4, 6, 20])[:, None]
    assert topics.calibration_error(truth, guess, np.ones((1, 30)))[0] == pytest.approx(0.2)
    rng = np.random.default_rng(1)
    guess = rng.random((200, 3))
    floor = topics.calibration_floor(guess, draws=300)
    errors = [topics.calibration_error(rng.random((200, 3)) < guess, guess, np.ones((1, 200)))[0] for _ in range(100)]
    assert floor == pytest.approx(np.mean(errors), rel=0.1)
    bins = topics.reliability(rng.random((200, 3)) < guess, guess)
    assert sum(one["pairs"] for one in bins) == pytest.approx(600)


def test_pages_that_a_chain_of_events_joins_are_one_cluster():
    assert connected([["a"], ["b"], ["a", "c"], ["c"], ["d"]]).tolist() == [0, 1, 0, 0, 2]


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=3), min_size=1, max_size=12))
def test_clusters_never_share_an_event(groups):
    numbers = connected(groups)
    for one, first in zip(numbers, groups, strict=True):
        for other, second in zip(numbers, groups, strict=True):
            assert one == other or not set(first) & set(second)
    assert sorted(set(numbers.tolist())) == list(range(max(numbers) + 1))


def test_every_measure_says_what_it_is():
    for name, measure in catalogue.MEASURES.items():
        assert name == measure.name
        assert measure.definition
        assert measure.source
    for track, name in catalogue.RANKING.items():
        assert catalogue.of_track(track)[0].name == name
