"""What is handed in: cards and folders are right as a whole, or refused with the place and the reason."""

import os
import time

import pytest
import yaml
from typer.testing import CliRunner

from etabli import predictions
from etabli.board import card, entrants, output, submissions
from etabli.cli import app
from etabli.errors import DataError, UsageError
from tests.board_maker import CARD, lines, make_root, write_submission
from tests.board_maker import submissions as folder_of

PLAIN = yaml.safe_dump(CARD)
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join(['*' + old] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return make_root(tmp_path_factory.mktemp("board"))


@pytest.fixture
def repository(root):
    """The same release, nothing handed in yet."""
    yield root
    for path in sorted((root / "leaderboard").rglob("*"), reverse=True):
        path.unlink() if path.is_file() or path.is_symlink() else path.rmdir()


def submit(folder, root, *more):
    return CliRunner().invoke(app, ["submit", str(folder), "--root", str(root), *more])


def refused(path):
    with pytest.raises(DataError) as caught:
        card.read(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOMB, "system.yaml:2: system-yaml: found an alias"),
        (PLAIN + "name: Twice\n", "key `name` twice"),
        ("x: {y: 1, y: 2}\n", "key `y` twice"),
        ("[" * 60_000, "nesting too deep"),
        ("{a: " * 15_000, "nesting too deep"),
        ("- " * 30_000, "nesting too deep"),
        (PLAIN + "#" * card.LIMIT, "more than 64 KiB"),
        ("name: !!python/object/apply:os.system [ls]\n", "python/object"),
        ("name: !!binary aGVq\n", "binary"),
        ("name: !!timestamp 2020-01-01\n", "timestamp"),
        ("<<: {name: x}\n", "unknown <<"),
        ("? [a]\n: 1\n", "a key that is not text"),
        ("1: 1\n", "a key that is not text"),
        (PLAIN + "---\nname: Other\n", "another document"),
        (PLAIN.replace("name: Mine", 'name: "a\\0b"'), "U+0000"),
        (PLAIN.replace("name: Mine", 'name: "\\ud800"'), "U+D800"),
        (PLAIN.replace("name: Mine", 'name: "a\\u202eb"'), "U+202E"),
        (PLAIN.replace("name: Mine", 'name: "  "'), "white space"),
        (PLAIN.replace("parameters: 1000", "parameters: " + "9" * 5000), "4300 digits"),
        (PLAIN.replace("parameters: 1000", "parameters: .nan"), "$.parameters: nan"),
        (PLAIN.replace("parameters: 1000", "parameters: -1"), "minimum 0"),
        (PLAIN.replace("- 1", "- 1.5"), "$.seeds[0]: 1.5"),
        (PLAIN.replace("- topics", "- spelling"), "spelling"),
        (PLAIN.replace("licence: MIT\n", ""), "no licence"),
        (PLAIN.replace("hardware: a laptop\n", ""), "no hardware"),
        (PLAIN + "link: javascript:alert(1)\n", "$.link"),
        (PLAIN + "rank: 1\n", "unknown rank"),
        ("[]", "expected object"),
        ("", "expected object"),
    ],
)
def test_hostile_cards_are_refused_at_once(tmp_path, text, message):
    path = tmp_path / "system.yaml"
    path.write_text(text, encoding="utf-8")
    start = time.monotonic()
    assert message in refused(path)
    assert time.monotonic() - start < 5


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = tmp_path / "system.yaml"
    path.write_bytes(b"name: \xff\n")
    assert "not UTF-8" in refused(path)
    with pytest.raises(UsageError):
        card.read(tmp_path / "none.yaml")


def test_a_bare_no_is_a_word(tmp_path):
    path = tmp_path / "system.yaml"
    path.write_text(PLAIN.replace("'no'", "no"), encoding="utf-8")
    assert "saw_test_pages: no\n" in path.read_text()
    assert card.read(path).flags == ()


def test_what_a_card_admits_becomes_a_flag(tmp_path):
    told = {**CARD, "saw_test_pages": "yes", "language_model": {"wrote": "yes", "labelled": "unknown", "tuned": "no"}}
    path = tmp_path / "system.yaml"
    path.write_text(yaml.safe_dump(told))
    flags = ("saw test pages", "written by a language model", "data perhaps labelled by a language model")
    assert card.read(path).flags == flags


@pytest.mark.parametrize("name", ["..", "A", "a b", "<b>", "-a", "a-", "x" * 41, "a.b", "é", "a\n", "annotator-a"])
def test_names_that_could_leave_their_place_are_refused(repository, tmp_path, name):
    inside = tmp_path / "in"
    inside.mkdir()
    folder = inside / name if name == ".." else write_submission(inside / name)
    if name == "..":
        write_submission(tmp_path / "system")  # `..` itself is a folder that could be read
    done = submit(folder, repository)
    assert isinstance(done.exception, DataError | UsageError), done.output
    assert not (repository / "leaderboard").exists() or not list((repository / "leaderboard").rglob("*.yaml"))


def test_a_name_is_checked_before_anything_is_read(repository):
    gold, _ = output.load(repository)
    with pytest.raises(DataError, match="submission-name"):
        submissions.read(repository / "no such <folder>", gold.pages)
    for name in entrants.taken(repository, gold):
        with pytest.raises(DataError, match="the house's own"):
            submissions.check_name(repository / name, entrants.taken(repository, gold))


def test_links_and_other_files_are_refused_unread(repository, tmp_path):
    folder = write_submission(tmp_path / "mine")
    (folder / "run.py").write_text("1")
    assert "run.py" in str(submit(folder, repository).exception)
    (folder / "run.py").unlink()
    (folder / "system.yaml").rename(tmp_path / "secret")
    (folder / "system.yaml").symlink_to(tmp_path / "secret")
    assert "no plain file" in str(submit(folder, repository).exception)
    (folder / "system.yaml").unlink()
    os.mkfifo(folder / "system.yaml")  # would block who opens it
    assert "no plain file" in str(submit(folder, repository).exception)
    (folder / "system.yaml").unlink()
    assert "a system card" in str(submit(folder, repository).exception)
    (tmp_path / "link").symlink_to(write_submission(tmp_path / "other"))
    assert "a link" in str(submit(tmp_path / "link", repository).exception)
    assert submit(tmp_path / "none", repository).exception
    twice = write_submission(tmp_path / "twice")
    (twice / "predictions.jsonl").write_text("")
    assert "2 prediction files" in str(submit(twice, repository).exception)


def test_every_problem_of_both_files_is_told_with_the_participants_own_names(repository, tmp_path):
    folder = write_submission(tmp_path / "mine", lines()[1:], licence=..., file="predictions.jsonl")
    told = str(submit(folder, repository).exception)
    assert f"{folder}/system.yaml: system-schema: found $: no licence" in told
    assert f"{folder}/predictions.jsonl: [etb-00000] prediction-id-missing" in told
    assert "tmp" not in told.replace(str(tmp_path), "")


def test_card_and_predictions_must_name_the_same_tracks(repository, tmp_path):
    folder = write_submission(tmp_path / "mine", lines(tracks=("entities",)))
    assert "submission-tracks" in str(submit(folder, repository).exception)
    folder = write_submission(tmp_path / "ours", kind="baseline")
    assert "submission-kind" in str(submit(folder, repository).exception)


def test_what_is_right_is_copied_whole_and_only_once(repository, tmp_path):
    target = folder_of(repository) / "mine"
    files = {}
    for kind in ("predictions.jsonl", "predictions.jsonl.zst", "predictions.jsonl.gz"):
        folder = write_submission(tmp_path / kind / "mine", file=kind)
        done = submit(folder, repository, *(["--replace"] if files else []))
        assert done.exit_code == 0, done.exception
        assert "mine: topics, entities, boilerplate" in done.output
        assert sorted(path.name for path in target.iterdir()) == ["predictions.jsonl.gz", "system.yaml"]
        files[kind] = (target / "predictions.jsonl.gz").read_bytes()
    assert files["predictions.jsonl"] == files["predictions.jsonl.zst"]
    gold, _ = output.load(repository)
    assert predictions.read(target / "predictions.jsonl.gz", gold.pages).tracks == ("topics", "entities", "boilerplate")
    assert "there already" in str(submit(folder, repository).exception)


def test_a_refused_replacement_leaves_what_stood_there(repository, tmp_path):
    submit(write_submission(tmp_path / "one" / "mine"), repository)
    before = {path: path.read_bytes() for path in folder_of(repository).rglob("*") if path.is_file()}
    wrong = write_submission(tmp_path / "two" / "mine", lines()[1:])
    assert isinstance(submit(wrong, repository, "--replace").exception, DataError)
    assert {path: path.read_bytes() for path in (repository / "leaderboard").rglob("*") if path.is_file()} == before


def test_the_board_tells_of_every_wrong_submission_at_once(repository):
    for name in ("one", "two"):
        write_submission(folder_of(repository) / name, lines()[1:])
    (folder_of(repository) / "stray.txt").write_text("")
    (folder_of(repository) / "BAD").mkdir()
    gold, _ = output.load(repository)
    with pytest.raises(DataError) as caught:
        entrants.gather(repository, gold)
    assert {problem.rule for problem in caught.value.problems} == {"submission-name", "prediction-id-missing"}
    assert caught.value.total == 4
