"""The lm-evaluation-harness tasks with the real harness, its `dummy` model and a model that knows the answers.

Run by `make test-lm-eval` (not by `make test`: the harness has an environment of its own, without etabli or torch).
"""

import importlib.util
import os
from pathlib import Path

import pytest

os.environ["HF_HUB_OFFLINE"] = "1"

import lm_eval
import pyarrow.parquet as pq
from lm_eval.api.model import LM
from lm_eval.tasks import TaskManager

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "integrations" / "lm-eval"
TASKS = ["etabli_topics_choice", "etabli_topics_generation"]
TEST = pq.read_table(ROOT / "corpus" / "data" / "default" / "test.parquet")


def module():
    spec = importlib.util.spec_from_file_location("topics", FOLDER / "topics.py")
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


topics = module()


def run(model, **options):
    manager = TaskManager(include_path=str(FOLDER))
    return lm_eval.simple_evaluate(model, tasks=TASKS, task_manager=manager, bootstrap_iters=0, **options)


class Oracle(LM):
    """Finds the page in the prompt and answers with its gold; `turn` spoils the answer."""

    def __init__(self, turn=lambda labels: labels):
        super().__init__()
        names = list(topics.NAMES)
        rows = TEST.select(["text", "topics"]).to_pylist()
        self.gold = {row["text"]: turn([names[number] for number in row["topics"]]) for row in rows}

    def answer(self, prompt):
        # With worked examples before it, the page in question is the last one.
        found = {text: prompt.rfind(text) for text in self.gold}
        return topics.answer(self.gold[max(found, key=found.get)])

    def loglikelihood(self, requests):
        return [(0.0 if r.args[1].strip() == self.answer(r.args[0]) else -1.0, False) for r in requests]

    def generate_until(self, requests):
        return [f" {self.answer(r.args[0]).capitalize()}.\n" for r in requests]

    def loglikelihood_rolling(self, requests):
        raise NotImplementedError


def test_the_harness_does_not_bring_torch():
    assert importlib.util.find_spec("torch") is None
    assert importlib.util.find_spec("etabli") is None


def test_the_dummy_model_answers_every_test_page():
    found = run("dummy")
    for task in TASKS:
        assert found["n-samples"][task]["effective"] == TEST.num_rows
        assert 0 <= found["results"][task]["macro_f1,none"] <= 1
    # Its answer is always « lol »: right where a page has no topic.
    none = sum(not held for held in TEST["topics"].to_pylist()) / TEST.num_rows
    assert found["results"]["etabli_topics_generation"]["exact_set,none"] == pytest.approx(none)
    assert found["results"]["etabli_topics_generation"]["macro_f1,none"] == 0


@pytest.mark.parametrize("shots", [0, 2])
def test_a_model_that_knows_the_answers_has_full_marks(shots):
    found = run(Oracle(), num_fewshot=shots)
    for task in TASKS:
        assert found["results"][task]["macro_f1,none"] == 1
        assert found["results"][task]["exact_set,none"] == 1


def test_the_measure_is_that_of_the_corpus():
    sklearn = pytest.importorskip("sklearn.metrics")
    found = run(Oracle(lambda labels: labels[:1]))
    names = list(topics.NAMES)
    gold = [[number in held for number in range(len(names))] for held in TEST["topics"].to_pylist()]
    said = [[number in held[:1] for number in range(len(names))] for held in TEST["topics"].to_pylist()]
    expected = sklearn.f1_score(gold, said, average="macro")
    for task in TASKS:
        assert found["results"][task]["macro_f1,none"] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("aucun", []),
        (" Financement, Réglementation.\nindustrialisation", ["financing", "regulatory"]),
        ("\n- REGLEMENTATION", ["regulatory"]),
        ("industrialization and financing", ["industrialization", "financing"]),
        ("", []),
    ],
)
def test_answers_are_read(text, expected):
    assert topics.read(text) == expected
