"""`etabli score`, `check`, `template` and `measures` on a small built corpus, and reports on made pages."""

import gzip
import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from etabli import jsonl, loading, records, release, sources
from etabli.cli import app
from etabli.columns import Layers, layers_of
from etabli.errors import DataError, UsageError
from etabli.scoring import catalogue, compare, report
from etabli.scoring.counts import reference
from etabli.scoring.statistics import Sampling
from tests.corpus_maker import make_corpus
from tests.scoring_maker import make_reference, write_lines
from tests.test_scoring import TEXT, pages_of

RUNNER = CliRunner()


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    root = make_corpus(tmp_path_factory.mktemp("corpus"))
    release.build(sources.read(root), root / "corpus" / "data")
    return root / "corpus"


@pytest.fixture(scope="module")
def perfect(corpus, tmp_path_factory):
    """A prediction file that says what gold says."""
    path = tmp_path_factory.mktemp("predictions") / "perfect.jsonl.gz"
    held = loading.load(corpus)["test"]
    jsonl.write(path, [{"id": r.id, **records.layer_to_json(r.text, r.gold)} for r in held])
    return path


def run(*call):
    return RUNNER.invoke(app, [str(part) for part in call])


def test_gold_scores_one_and_the_signature_comes_last(corpus, perfect):
    result = run("score", perfect, "--corpus", corpus, "--resamples", 50, "--slices")
    assert result.exit_code == 0, result.output
    last = result.output.strip().splitlines()[-1]
    digest = loading.load(corpus).digest
    assert f"corpus 0.1.0 ({digest[:12]})" in last
    for part in ("split test", "entities.micro_f1", "resamples 50", "seed", "etabli 0."):
        assert part in last
    assert "entities by slice" in result.output


def test_json_holds_every_measure_with_interval_and_clusters(corpus, perfect):
    result = run("score", perfect, "--corpus", corpus, "--resamples", 50, "--json", "--slices", "--against", perfect)
    out = json.loads(result.output)
    assert list(out)[-1] == "signature"
    for track in ("topics", "entities", "boilerplate", "overall"):
        assert out["tracks"][track]["clusters"] == 1
    assert out["tracks"]["overall"]["scores"]["overall.mean"]["value"] == 1
    names = set(out["tracks"]["entities"]["scores"])
    assert names == {m.name for m in catalogue.of_track("entities")}
    assert out["annotators"]["a"]["entities"]["value"] == 1
    assert out["slices"]["entities"]["site_kind"]["regional-daily"]["pages"] == 1
    assert out["differences"]["overall.mean"] == {
        "first": 1.0, "second": 1.0, "difference": 0.0, "low": None, "high": None, "p": 1.0, "clusters": 1,
    }  # fmt: skip


def test_one_track_alone(corpus, perfect):
    result = run("score", perfect, "--corpus", corpus, "--track", "entities", "--json", "--resamples", 9)
    assert list(json.loads(result.output)["tracks"]) == ["entities"]


def test_a_template_is_written_checked_and_scored(corpus, tmp_path):
    out = tmp_path / "empty.jsonl.zst"
    assert run("template", "--corpus", corpus, "--out", out).exit_code == 0
    checked = run("check", out, "--corpus", corpus)
    assert checked.exit_code == 0
    assert "topics, entities, boilerplate" in checked.output
    assert run("template", "--corpus", corpus).output.count("\n") == 1
    assert run("score", out, "--corpus", corpus, "--resamples", 9).exit_code == 0


def test_wrong_files_and_wrong_calls_are_told_apart(corpus, perfect, tmp_path):
    wrong = write_lines(tmp_path / "wrong.jsonl", ["{", {"id": "etb-00001", "entities": []}])
    for call in (("check", wrong), ("score", wrong), ("score", perfect, "--against", wrong)):
        assert isinstance(run(*call, "--corpus", corpus).exception, DataError)
    entities = tmp_path / "entities.jsonl"
    jsonl.write(entities, [{"id": "etb-00002", "entities": []}])
    for call in (
        ("score", tmp_path / "none.jsonl"),
        ("score", entities, "--track", "topics"),
        ("score", perfect, "--track", "spelling"),
        ("check", perfect, "--split", "dev"),
        ("template", "--split", "dev"),
        ("template", "--out", tmp_path / "wrong.jsonl" / "x.jsonl"),
    ):
        assert isinstance(run(*call, "--corpus", corpus).exception, UsageError), call
    assert isinstance(run("check", perfect, "--corpus", tmp_path).exception, UsageError)


def test_exit_codes_and_no_traceback(corpus, tmp_path):
    wrong = write_lines(tmp_path / "wrong.jsonl", ["{"])
    for path, code, message in ((wrong, 1, "wrong.jsonl:1:"), (tmp_path / "none.jsonl", 2, "none.jsonl")):
        call = [sys.executable, "-m", "etabli.cli", "check", path, "--corpus", corpus]
        call[1:3] = ["-c", "from etabli.cli import main; main()"]
        done = subprocess.run(call, capture_output=True, text=True, check=False)
        assert done.returncode == code
        assert message in done.stderr
        assert "Traceback" not in done.stderr


def test_measures_are_listed():
    out = run("measures", "--json")
    assert {row["name"] for row in json.loads(out.output)} == set(catalogue.MEASURES)
    assert "topics.macro_f1" in run("measures").output


def test_the_readers_own_packing_does_not_matter(perfect):
    assert gzip.decompress(perfect.read_bytes()).startswith(b'{"id":"etb-00002"')


# Reports on made pages


@pytest.fixture(scope="module")
def made():
    """40 pages in 20 clusters, a gold of three mentions each, and a system that finds two of them or three."""
    span = [{"start": 4 * n, "end": 4 * n + 1, "label": label} for n, label in enumerate(("ORG", "LOC", "DATE"))]
    blank = {"topics": [], "main_topic": "other", "boilerplate": []}
    pages = [{"id": f"p{n}", "text": TEXT, **blank, "entities": span} for n in range(40)]
    gold = make_reference(pages, clusters=np.arange(40) // 2)
    every = gold.gold.entities
    fewer = every.where(~((every.page % 4 < 2) & (every.start == 0)))
    return gold, Layers(entities=every), Layers(entities=fewer)


def test_a_report_is_the_same_twice_and_intervals_hold_the_score(made):
    gold, _, system = made
    first, second = (report.score(gold, system, sampling=Sampling(200)).as_dict() for _ in range(2))
    assert first == second
    scores = first["tracks"]["entities"]["scores"]
    micro = scores["entities.micro_f1"]
    assert micro["value"] == pytest.approx(200 / 220, abs=1e-6)
    assert micro["low"] < micro["value"] < micro["high"]
    assert scores["entities.macro_f1"]["left_out"] == [
        f"entities.{m}.f1" for m in ("PER", "FAC", "PROD", "MONEY", "QTY", "JOBS", "LAW", "PROG")
    ]
    assert first["tracks"]["entities"]["clusters"] == 20


def test_two_systems_are_compared_in_pairs(made):
    gold, every, fewer = made
    found = {d.measure.name: d for d in compare.compare(gold, every, fewer, ["entities"], Sampling(500))}
    micro = found["entities.micro_f1"]
    assert micro.first - micro.second == pytest.approx(1 - 200 / 220)
    assert 0 < micro.interval.low < micro.first - micro.second < micro.interval.high
    assert micro.p < 0.01
    back = {d.measure.name: d for d in compare.compare(gold, fewer, every, ["entities"], Sampling(500))}
    assert back["entities.micro_f1"].p == micro.p
    assert back["entities.micro_f1"].interval.high == pytest.approx(-micro.interval.low)


def test_slices_take_the_pages_apart(made):
    gold, _, system = made
    names = np.where(np.arange(40) % 4 < 2, "hard", "easy")
    cut = report.score_slices("entities", replace(gold, slices={"kind": names}), system, Sampling(100))
    assert {value: s.ranking.value for value, s in cut["kind"].items()} == {"easy": 1.0, "hard": pytest.approx(0.8)}
    assert cut["kind"]["easy"].clusters == 10


def test_annotators_own_layers_and_their_agreement(corpus):
    held = loading.load(corpus)
    whole = reference(list(held), held["train"], "0.1.0", "x", "test")
    other = layers_of([r.gold for r in held])
    other = replace(other, entities=other.entities.where(other.entities.page == 0), topics=~other.topics)
    system = layers_of([r.gold for r in held])
    apart = replace(whole, annotators={"a": system, "b": other})
    found = report.score(apart, system, sampling=Sampling(20))
    assert found.annotators["a"]["entities"].ranking.value == 1
    assert found.annotators["b"]["entities"].ranking.value < 1
    cut = report.score_slices("entities", apart, system, Sampling(20))["agreement"]
    assert {value: s.pages for value, s in cut.items()} == {".95 and over": 1, "under .8": 1}
    assert list(report.score_slices("topics", apart, system, Sampling(20))["agreement"]) == ["other topics"]


def test_probabilities_bring_curves_and_the_floor_of_the_calibration_error():
    reference_ = make_reference(pages_of([()] * 12), clusters=np.arange(12) // 2)
    rng = np.random.default_rng(0)
    truth, guess = rng.random((12, 3)) < 0.5, rng.random((12, 3))
    reference_ = replace(reference_, gold=replace(reference_.gold, topics=truth))
    scores = report.score_track("topics", reference_, Layers(topics=guess > 0.5, topic_scores=guess), Sampling(100))
    for name in ("topics.average_precision", "topics.calibration_error", "topics.brier"):
        assert scores[name].interval.low <= scores[name].interval.high
    assert 0 < scores.calibration_floor < 1
    assert {"calibration_floor", "reliability"} <= set(scores.as_dict())
    plain = report.score_track("topics", reference_, Layers(topics=guess > 0.5), Sampling(100))
    assert "topics.brier" not in {s.measure.name for s in plain.scores}
