"""Commands as a user meets them: help, exit codes, and messages for wrong calls and wrong files."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from etabli.cli import app
from tests.corpus_maker import write

REPOSITORY = Path(__file__).parent.parent
OVERLAP = (
    b'{"id": "etb-00002", "entities": [{"start": 0, "end": 5, "label": "ORG"}, {"start": 2, "end": 7, "label": "LOC"}]}'
)
COMMANDS = sorted(c.name or c.callback.__name__.replace("_", "-") for c in app.registered_commands)


def etabli(*args, given=None, cwd=None):
    """Run the command in a process of its own, as a shell would."""
    code = "from etabli.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, args)], input=given, capture_output=True, text=True, cwd=cwd, check=False
    )


def test_the_commands_that_the_readme_tells_of_exist():
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    told = {
        line.split("etabli ", 1)[1].split()[0].strip("`") for line in readme.split("\n") if line.startswith("etabli ")
    }
    assert told <= set(COMMANDS) | {"newsroom"}
    assert {"validate", "build", "bench", "tune", "score", "check", "template", "tag", "stats", "agreement"} <= set(
        COMMANDS
    )


@pytest.mark.parametrize("name", [*COMMANDS, "newsroom"])
def test_every_command_has_help(name):
    done = CliRunner().invoke(app, [name, "--help"])
    assert done.exit_code == 0
    assert len(done.output.split("\n")) > 5


@pytest.mark.parametrize("args", [["validate", "--nonsense"], ["frobnicate"], ["tag"], ["score"]])
def test_a_wrong_call_exits_with_2(args):
    done = etabli(*args)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_folder_without_a_corpus_is_a_wrong_call(tmp_path):
    for args in (["validate", "--root", tmp_path], ["build", "--root", tmp_path], ["stats", "--corpus", tmp_path]):
        done = etabli(*args)
        assert done.returncode == 2, args
        assert str(tmp_path) in done.stderr
        assert "Traceback" not in done.stderr


def test_validate_exits_with_1_and_names_the_place(root):
    assert etabli("validate", "--root", root).returncode == 0
    write(root / "corpus/sites/atelier/pages.jsonl", '{"id": "etb-00001", ')
    done = etabli("validate", "--root", root)
    assert done.returncode == 1
    assert "corpus/sites/atelier/pages.jsonl:1: jsonl: found broken JSON" in done.stdout
    as_json = etabli("validate", "--root", root, "--json")
    problems = [json.loads(line) for line in as_json.stdout.splitlines()]
    assert {"rule", "file", "line", "id", "found", "expected", "remedy"} == set(problems[0])


def test_build_refuses_a_corpus_with_problems_and_writes_nothing(root):
    write(root / "annotations/a/etb-00001.txt", "broken")
    done = etabli("build", "--root", root)
    assert done.returncode == 1
    assert not (root / "corpus/data").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no page|missing|empty"),
        (b'{"id": "etb-00002", "topics"', "prediction-json"),
        (b"\xff\xfe", "prediction-json"),
        (b'{"id": "etb-00002", "topics": ["steel"]}', "steel"),
        (b'{"id": "etb-09999", "topics": []}', "etb-09999"),
        (b'{"id": "etb-00002", "topics": []}\n{"id": "etb-00002", "topics": []}', "twice"),
        (b'{"id": "etb-00002", "entities": [{"start": 0, "end": 99999, "label": "ORG"}]}', "99999"),
        (OVERLAP, "overlap"),
    ],
)  # fmt: skip
def test_wrong_prediction_files_are_refused_with_their_line(built, tmp_path, content, message):
    import re

    path = tmp_path / "p.jsonl"
    path.write_bytes(content)
    done = etabli("score", path, "--corpus", built / "corpus")
    assert done.returncode == 1, done.stderr
    assert re.search(message, done.stderr), done.stderr
    assert "Traceback" not in done.stderr


def test_a_template_filled_with_nothing_scores(built, tmp_path):
    out = tmp_path / "mine.jsonl"
    assert etabli("template", "--split", "test", "--out", out, "--corpus", built / "corpus").returncode == 0
    done = etabli("score", out, "--corpus", built / "corpus", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)


def test_a_path_that_is_not_there(built, tmp_path):
    for args in (["score", tmp_path / "x.jsonl", "--corpus", built / "corpus"], ["tag", tmp_path / "x.txt"]):
        done = etabli(*args)
        assert done.returncode == 2
        assert "x." in done.stderr
        assert "Traceback" not in done.stderr


def test_stats_counts_what_is_there(built):
    done = etabli("stats", "--corpus", built / "corpus", "--markdown")
    assert done.returncode == 0
    assert "| pages | 1 | 0 | 1 | 2 |" in done.stdout
    assert "| entity mentions | 4 | 0 | 4 | 8 |" in done.stdout
