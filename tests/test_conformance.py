"""The scorer gives what was worked out by hand (tests/golden/scoring)."""

import json
from pathlib import Path

import pytest

from etabli import predictions
from etabli.errors import DataError
from etabli.scoring import report
from etabli.scoring.statistics import Sampling
from etabli.scoring.tracks import count
from tests.scoring_maker import make_reference, write_lines

CASES = sorted((Path(__file__).parent / "golden" / "scoring").glob("*.json"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path, tmp_path):
    case = json.loads(path.read_text(encoding="utf-8"))
    reference = make_reference(case["gold"], case.get("training_surfaces"))
    file = write_lines(tmp_path / "predictions.jsonl", case["predictions"])
    if "problems" in case:
        with pytest.raises(DataError) as caught:
            predictions.read(file, reference.pages)
        found = [{"rule": p.rule, "line": p.line, "id": p.id} for p in caught.value.problems]
        assert found == case["problems"]
        assert caught.value.total == len(found)
        assert all(p.found and p.expected and p.remedy for p in caught.value.problems)
        return
    layers = predictions.read(file, reference.pages).layers
    for track, pages in case["counts"].items():
        counts = count(track, reference, layers)
        for page, expected in pages.items():
            row = reference.pages.row[page]
            assert {name: round(counts[name][row], 6) for name in expected} == expected
    scored = report.score(reference, layers, sampling=Sampling(20))
    for name, expected in case["scores"].items():
        value = scored.tracks[name.split(".")[0]][name].as_dict()["value"]
        assert value == expected, name


def test_every_case_says_what_it_is_about():
    assert len(CASES) > 40
    for path in CASES:
        assert len(json.loads(path.read_text(encoding="utf-8"))["says"]) > 10
