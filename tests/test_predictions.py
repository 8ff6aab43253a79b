"""Prediction files: the two readers agree, and hostile files are refused in bounded memory and time."""

import gzip
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from etabli import jsonl, predictions, release, sources
from etabli.columns import Pages
from etabli.errors import SHOWN, DataError, UsageError
from etabli.labels import BOILERPLATE, ENTITIES, MAIN_TOPICS, TOPICS
from tests.corpus_maker import make_corpus
from tests.scoring_maker import write_lines

PAGES = Pages(("p1", "p2"), ("Voltabri ouvre à Dole.", "Rien : ici"))
RIGHT = [
    {"id": "p1", "entities": [{"start": 0, "end": 8, "label": "ORG", "surface": "Voltabri"}]},
    {"id": "p2", "entities": []},
]

# Lines that are right, nearly right and wrong, as close to the border as can be.
OFFSETS = st.sampled_from([0, 1, 2, 8, -1, 3.0, 2.5, -0.0, True, None, "3", 2**31 - 1, 2**31, 2**63, 2**64, 10**30])
NUMBERS = st.sampled_from([0, 1, 0.5, 1.0, -0.1, 1.1, True, "1", None, 1e-320])
STRINGS = st.one_of(st.text(max_size=4), st.sampled_from(["", ":", '"', "\\", "é", "🏭", "a:b", "start"]))


def spans(codes):
    span = st.fixed_dictionaries(
        {"start": OFFSETS, "end": OFFSETS, "label": st.sampled_from([*codes[:3], "XYZ", 1])},
        optional={"surface": STRINGS, "other": st.just(1)},
    )
    right = st.fixed_dictionaries(
        {"start": st.integers(0, 9), "end": st.integers(1, 9), "label": st.sampled_from(codes)},
        optional={"surface": STRINGS.filter(bool)},
    )
    return st.lists(st.one_of(right, right, right, span), max_size=3)


SCORES = st.fixed_dictionaries(dict.fromkeys(TOPICS, st.floats(0, 1)), optional={"other": NUMBERS})
LINES = st.fixed_dictionaries(
    {"id": STRINGS},
    optional={
        "topics": st.lists(st.sampled_from([*TOPICS, "other"]), max_size=4),
        "topic_scores": st.one_of(SCORES, st.dictionaries(st.sampled_from(TOPICS), NUMBERS)),
        "main_topic": st.sampled_from([*MAIN_TOPICS, "", None]),
        "entities": st.one_of(spans(ENTITIES), st.none(), st.just({})),
        "boilerplate": spans(BOILERPLATE),
        "surface": STRINGS,
    },
)


def agree(raw):
    fast = predictions.decode(raw)
    slow = list(predictions.explain(raw))
    assert (fast is not None) == (not slow), (raw, fast, slow)


@settings(max_examples=600, deadline=None)
@given(LINES, st.booleans(), st.sampled_from([None, 1]))
def test_typed_decoding_and_schema_give_the_same_verdicts(line, escaped, indent):
    agree(json.dumps(line, ensure_ascii=escaped, indent=indent).encode("utf-8", "surrogatepass"))


@settings(max_examples=600, deadline=None)
@given(LINES, st.data())
def test_they_agree_on_damaged_lines_too(line, data):
    raw = bytearray(json.dumps(line, ensure_ascii=False).encode("utf-8"))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(raw) - 1))
        piece = data.draw(
            st.sampled_from([b"", b",", b":", b'"', b"}", b"]", b"1", b"e5", b".0", b"\xff", b"NaN", b" ", b"\\"])
        )
        raw[at : at + data.draw(st.integers(0, 1))] = piece
    agree(bytes(raw))


@pytest.mark.parametrize(
    "raw",
    [
        b'{"id":"a","id":"a"}',
        b'{"id":"a","\\u0069d":"a"}',
        b'{"id":"a:b","topics":[],"topics":[]}',
        b'{"id":"a","entities":[{"start":0,"end":1,"label":"ORG","\\u0065nd":2}]}',
        b'{"id":"a","topics":["financing","financing"]}',
        b"null", b"[]", b"1", b'"id"', b"{}", b"", b'\xef\xbb\xbf{"id":"a"}', b'{"id":"a"} {"id":"b"}',
        b'{"id":"a","topic_scores":{"industrialization":1e999,"financing":0,"regulatory":0}}',
        b'{"id":"a","entities":[{"start":0,"end":' + b"9" * 5000 + b',"label":"ORG"}]}',
        b'{"id":' * 100_000,
        b'{"id":"a","entities":' + b"[" * 100_000,
    ],
)  # fmt: skip
def test_known_traps_are_refused_by_both(raw):
    assert predictions.decode(raw) is None
    assert list(predictions.explain(raw))


def test_a_right_file_in_any_packing_and_order(tmp_path):
    plain = write_lines(tmp_path / "a.jsonl", ["", *RIGHT[::-1], "  "])
    expected = predictions.read(plain, PAGES)
    assert expected.tracks == ("entities",)
    assert expected.layers.entities.end.tolist() == [8]
    for name, pack in (("a.jsonl.gz", gzip.compress), ("a.jsonl.zst", zstandard.compress)):
        packed = tmp_path / name
        packed.write_bytes(pack(json.dumps(RIGHT[0]).encode() + b"\n") + pack(json.dumps(RIGHT[1]).encode()))
        assert predictions.read(packed, PAGES).layers.entities.start.tolist() == [0]


def test_every_problem_is_counted_and_the_first_ones_are_shown(tmp_path):
    pages = Pages(tuple(f"p{n}" for n in range(1000)), ("",) * 1000)
    lines = [{"id": f"x{n}", "entities": []} for n in range(500)]
    with pytest.raises(DataError) as caught:
        predictions.read(write_lines(tmp_path / "a.jsonl", lines), pages)
    assert caught.value.total == 1500
    assert caught.value.report().count("\n") == SHOWN
    assert "1480 more problems" in caught.value.report()
    assert "a.jsonl:1: [x0] prediction-id-unknown" in caught.value.report()


def test_a_template_is_a_right_file(tmp_path):
    path = tmp_path / "t.jsonl.gz"
    jsonl.write(path, predictions.template(PAGES))
    assert predictions.read(path, PAGES).tracks == ("topics", "entities", "boilerplate")


def test_a_missing_file_or_a_folder_is_a_wrong_call(tmp_path):
    for path in (tmp_path / "none.jsonl", tmp_path):
        with pytest.raises(UsageError, match="cannot be read"):
            predictions.read(path, PAGES)


# Hostile files


def plain_of_5_gb(path):
    with path.open("wb") as out:
        out.write(json.dumps(RIGHT[0]).encode() + b"\n")
        out.truncate(5 << 30)


def many_gb_of_lines(path):
    member = gzip.compress((json.dumps({"id": "x" * 1000, "entities": []}) + "\n").encode() * 16384)
    path.write_bytes(member * 300)


def gzip_bomb(path):
    member = gzip.compress(b" " * (64 << 20))
    path.write_bytes(member * 80)


def bomb_of_blank_lines(path):
    path.write_bytes(gzip.compress(b"\n" * (64 << 20)) * 80)


def zstd_bomb(path):
    path.write_bytes(zstandard.compress(b"[" * (256 << 20)) * 20)


def deep(path):
    write_lines(path, [b'{"id":"p1","entities":' + b"[" * 100_000 + b"]" * 100_000 + b"}"])


def deep_and_long(path):
    write_lines(path, [b'{"id":"p1","entities":' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}"])


def ids_of_1_mb(path):
    write_lines(path, [{"id": f"{n}" + "x" * (1 << 20), "entities": []} for n in range(100)])


def not_utf_8(path):
    write_lines(path, [b'{"id":"p\xe9","entities":[]}'])


def wide(path):
    write_lines(path, [b'{"id":"p1","entities":[' + b",".join([b"[]"] * 1_300_000) + b"]}"])


def wide_and_short(path):
    write_lines(path, [b'{"id":"p1","entities":[' + b",".join([b"[]"] * 20_000) + b"]}"] * 1000)


def truncated(path):
    path.write_bytes(gzip.compress(json.dumps(RIGHT[0]).encode() * 100)[:-20])


def flipped(path):
    packed = bytearray(gzip.compress(os.urandom(5000)))
    packed[2000:2100] = b"\x00" * 100
    path.write_bytes(bytes(packed))


HOSTILE = [
    (plain_of_5_gb, "a.jsonl", "a line over 4 MiB"),
    (many_gb_of_lines, "a.jsonl.gz", "more than 1004 lines"),
    (gzip_bomb, "a.jsonl.gz", "a line over 4 MiB"),
    (bomb_of_blank_lines, "a.jsonl.gz", "more than 1004 lines"),
    (zstd_bomb, "a.jsonl.zst", "a line over 4 MiB"),
    (deep, "a.jsonl", "Expected `object`, got `array`"),
    (deep_and_long, "a.jsonl", "Expected `object`, got `array`"),
    (ids_of_1_mb, "a.jsonl", "an unknown id"),
    (not_utf_8, "a.jsonl", "not UTF-8"),
    (wide, "a.jsonl", "Expected `object`, got `array`"),
    (wide_and_short, "a.jsonl", "expected object"),
    (truncated, "a.jsonl.gz", "damaged archive"),
    (flipped, "a.jsonl.gz", "damaged archive"),
    (not_utf_8, "a.jsonl.gz", "damaged archive"),
    (not_utf_8, "a.jsonl.zst", "damaged archive"),
]


REFUSE = """
import json, resource, sys
from pathlib import Path
from etabli import predictions
from etabli.columns import Pages
from etabli.errors import DataError
try:
    predictions.read(Path(sys.argv[1]), Pages(("p1", "p2"), ("Voltabri", "")))
except DataError as error:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"report": error.report(), "KiB": peak}))
"""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    root = make_corpus(tmp_path_factory.mktemp("corpus"))
    release.build(sources.read(root), root / "corpus" / "data")
    return root / "corpus"


@pytest.mark.parametrize(
    ("make", "name", "message"), HOSTILE, ids=[f"{case[0].__name__}-{case[1]}" for case in HOSTILE]
)
def test_a_hostile_file_is_refused_with_a_clear_message(make, name, message, tmp_path):
    path = tmp_path / name
    make(path)
    start = time.monotonic()
    run = subprocess.run([sys.executable, "-c", REFUSE, path], capture_output=True, text=True, check=True)
    seconds = time.monotonic() - start
    said = json.loads(run.stdout)
    assert message in said["report"]
    assert len(said["report"]) < 10_000
    assert said["KiB"] < 1 << 20
    assert seconds < 30


def test_the_command_stays_under_a_gigabyte(corpus, tmp_path):
    wide(tmp_path / "a.jsonl")
    code = (
        "import resource, sys; sys.argv[0] = 'etabli'\n"
        "from etabli.cli import main\n"
        "try: main()\n"
        "finally: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    call = [sys.executable, "-c", code, "check", tmp_path / "a.jsonl", "--corpus", corpus]
    run = subprocess.run(call, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    assert int(run.stdout) < 1 << 20, "KiB"


def test_total_size_is_limited(tmp_path, monkeypatch):
    monkeypatch.setattr(predictions, "TOTAL_LIMIT", 1 << 20)
    path = write_lines(tmp_path / "a.jsonl", [{"id": "x" * 10_000, "entities": []}] * 200)
    with pytest.raises(DataError) as caught:
        predictions.read(Path(path), PAGES)
    assert any("a file over 1 MiB" in problem.found for problem in caught.value.problems)
