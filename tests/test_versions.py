"""Release, verify and diff on a small repository under git; what a release refuses."""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from etabli import checksums, differences, release, sources, validation, versions
from etabli.cli import app
from etabli.errors import DataError, UsageError
from tests.corpus_maker import write

REPOSITORY = Path(__file__).parent.parent
PROJECT = '[project]\nname = "etabli"\nversion = "0.1.0"\n'
LOG = "# Changelog\n\n## 0.1.0 (unreleased)\n\n* First pages.\n"


def git(root, *args):
    name = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    return subprocess.run(["git", "-C", root, *name, *args], check=True, capture_output=True, text=True).stdout


def commit(root, message="change"):
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", message)


def run(*args):
    """A command in this process: its exit code, and what it said or raised."""
    done = CliRunner().invoke(app, list(map(str, args)))
    error = done.exception if isinstance(done.exception, DataError | UsageError) else None
    return done.exit_code, done.output + (str(error) if error else "")


@pytest.fixture
def repo(built):
    write(built / "pyproject.toml", PROJECT)
    write(built / "CHANGELOG.md", LOG)
    shutil.copy(REPOSITORY / "CITATION.cff", built)
    for name in ("README.md", "corpus/README.md"):
        write(built / name, "<!-- figures -->\n<!-- /figures -->\n")
    git(built, "init", "-q")
    commit(built)
    return built


@pytest.fixture
def released(repo):
    code, said = run("release", "minor", "--root", repo, "--day", "2026-11-30")
    assert code == 0, said
    commit(repo, "Version 0.2.0")
    git(repo, "tag", "-a", "v0.2.0", "-m", "Version 0.2.0")
    return repo


def relabel(root, old="⟦LOC|Dole⟧", new="⟦ORG|Dole⟧", page="etb-00001"):
    for layer in ("a", "b", "gold"):
        path = root / f"annotations/{layer}/{page}.txt"
        write(path, path.read_text(encoding="utf-8").replace(old, new))
    release.build(sources.read(root), root / "corpus" / "data")


def test_a_release_names_its_version_everywhere(released):
    assert (released / "corpus/VERSION").read_text() == "0.2.0\n"
    assert 'version = "0.2.0"' in (released / "pyproject.toml").read_text()
    assert "version: 0.2.0\ndate-released: 2026-11-30\n" in (released / "CITATION.cff").read_text()
    assert (
        "## 0.2.0 (2026-11-30)\n\n* First pages.\n* 2 pages (train 1, validation 0, test 1).\n"
        in (released / "CHANGELOG.md").read_text()
    )
    held = sources.read(released)
    assert {page.since for page in held.pages.values()} == {"0.2.0"}
    assert release.check(held, released / "corpus" / "data") == []
    assert "Version 0.2.0" in (released / "README.md").read_text()
    text = (released / "corpus/sites/atelier/etb-00001.txt").read_bytes()
    row = {"id": "etb-00001", "site": "atelier", "split": "train", "sha256": hashlib.sha256(text).hexdigest(),
           "version": "0.2.0"}  # fmt: skip
    assert json.loads((released / "corpus/released.jsonl").read_text().split("\n")[0]) == row


def test_checksums_are_read_by_sha256sum(released):
    done = subprocess.run(
        ["sha256sum", "--strict", "--quiet", "-c", "SHA256SUMS"], cwd=released / "corpus", check=False
    )
    assert done.returncode == 0


def test_a_second_release_adds_to_the_ledger_and_keeps_since(released):
    write(released / "CHANGELOG.md", "# Changelog\n\n## next (unreleased)\n\n* Dole.\n\n## 0.2.0 (2026-11-30)\n\n* x\n")
    relabel(released)
    commit(released)
    before = (released / "corpus/released.jsonl").read_bytes()
    code, said = run("release", "patch", "--root", released, "--day", "2026-12-01")
    assert code == 0, said
    assert (released / "corpus/released.jsonl").read_bytes() == before
    assert {page.since for page in sources.read(released).pages.values()} == {"0.2.0"}
    log = (released / "CHANGELOG.md").read_text()
    assert log.index("## 0.2.1 (2026-12-01)") < log.index("## 0.2.0 (2026-11-30)")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda r: write(r / "new.txt", "x"), "not committed: new.txt"),
        (lambda r: (write(r / "annotations/a/etb-00001.txt", "broken"), commit(r)), "marked-form"),
        (lambda r: (write(r / "CHANGELOG.md", "# Changelog\n\n## 0.1.0\n\n* x\n"), commit(r)), "no section"),
        (lambda r: (write(r / "CHANGELOG.md", "## (unreleased)\n\n## 0.1.0\n\n* x\n"), commit(r)), "nothing in the"),
        (lambda r: ((r / "corpus/data/lines/test.parquet").unlink(), commit(r)), "etabli build"),
        (lambda r: ((r / "CITATION.cff").unlink(), commit(r)), "CITATION.cff"),
    ],
)
def test_a_release_is_refused_and_nothing_is_written(repo, spoil, message):
    spoil(repo)
    before = git(repo, "status", "--porcelain")
    code, said = run("release", "minor", "--root", repo)
    assert code != 0
    assert message in said
    assert git(repo, "status", "--porcelain") == before


def _edit_text(root):
    """Change a released text, and everything that hangs on it, so that only the freeze is broken."""
    for path in [*root.glob("annotations/*/etb-00002.txt"), root / "corpus/sites/echo/etb-00002.txt"]:
        write(path, path.read_text(encoding="utf-8").replace("veut doubler", "espère doubler"))


def _move_split(root):
    for path in (root / "corpus/sites/echo/site.yaml", root / "corpus/facts/brest-2020.yaml"):
        write(path, path.read_text(encoding="utf-8").replace("split: test", "split: train"))


def _move_site(root):
    site = root / "corpus/sites/neuf"
    shutil.copytree(root / "corpus/sites/echo", site)
    shutil.rmtree(root / "corpus/sites/echo")
    write(site / "site.yaml", (site / "site.yaml").read_text(encoding="utf-8").replace("site: echo", "site: neuf"))


def _remove(root):
    shutil.rmtree(root / "corpus/sites/echo")
    for path in root.glob("annotations/*/etb-00002.txt"):
        path.unlink()
    for path in root.glob("annotations/*/log.jsonl"):
        write(path, "".join(line + "\n" for line in path.read_text().split("\n") if line and "etb-00002" not in line))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_edit_text, "released-page: found text"),
        (_move_split, "released-page: found split train; expected test, as 0.2.0 released it"),
        (_move_site, "released-page: found site neuf"),
        (_remove, "released-missing"),
    ],
)
def test_what_was_released_stays(released, spoil, message):
    spoil(released)
    problems = [str(problem) for problem in validation.validate(released)[1]]
    assert problems
    assert all(message.split(":")[0] in problem for problem in problems), problems
    assert any(message in problem for problem in problems)
    commit(released)
    code, said = run("release", "minor", "--root", released)
    assert code == 1
    assert message in said


def test_a_ledger_that_was_rewritten_is_found_by_its_tag(released):
    _edit_text(released)
    text = (released / "corpus/sites/echo/etb-00002.txt").read_bytes()
    rows = [json.loads(line) for line in (released / "corpus/released.jsonl").read_text().split("\n") if line]
    rows[1]["sha256"] = hashlib.sha256(text).hexdigest()
    write(released / "corpus/released.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    release.build(sources.read(released), released / "corpus" / "data")
    assert validation.validate(released)[1] == []
    commit(released)
    code, said = run("release", "minor", "--root", released)
    assert code == 1
    assert "git checkout v0.2.0 -- corpus/released.jsonl" in said


def test_a_page_is_withdrawn_by_a_line_and_asks_for_a_minor_version(released):
    _remove(released)
    row = {"id": "etb-00002", "when": "2026-12-02", "reason": "asked for by a person named in it"}
    write(released / "corpus/withdrawn.jsonl", json.dumps(row) + "\n")
    write(released / "CHANGELOG.md", "## (unreleased)\n\n* One page withdrawn.\n")
    assert validation.validate(released)[1] == []
    release.build(sources.read(released), released / "corpus" / "data")
    commit(released)
    assert "ask for a minor version" in run("release", "patch", "--root", released)[1]
    assert run("release", "minor", "--root", released, "--check")[0] == 0
    write(released / "corpus/withdrawn.jsonl", json.dumps({**row, "id": "etb-00001"}) + "\n")
    found = {problem.rule for problem in validation.validate(released)[1]}
    assert found == {"released-missing"}


@pytest.mark.parametrize(
    ("asked", "leads"), [("patch", "0.2.4"), ("minor", "0.3.0"), ("major", "1.0.0"), ("0.2.3", "0.2.3")]
)
def test_steps(asked, leads):
    assert versions.following("0.2.3", asked) == leads


@pytest.mark.parametrize("asked", ["0.2.2", "next", "1.0", "1.0.0-rc1"])
def test_wrong_steps(asked):
    with pytest.raises(UsageError):
        versions.following("0.2.3", asked)


def test_verify_names_every_file_that_differs_is_missing_or_is_extra(released, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(released / "corpus", copy)
    (copy / ".cache").mkdir()
    write(copy / ".cache/x", "not of the release, but hidden")
    assert run("verify", copy)[0] == 0
    assert run("verify", released)[0] == 0
    write(copy / "sites/echo/etb-00002.txt", "spoilt")
    (copy / "facts/brest-2020.yaml").unlink()
    for number in range(30):
        write(copy / f"extra-{number}.txt", "x")
    code, said = run("verify", copy)
    assert code == 1
    lines = [line for line in said.split("\n") if line]
    assert len(lines) == 32
    assert "etb-00002.txt: checksums: found SHA-256" in said
    assert "brest-2020.yaml: checksums: found no such file" in said


@pytest.mark.parametrize("line", ["nonsense", f"{'0' * 64}  ../../etc/passwd", f"{'0' * 64}  /etc/passwd"])
def test_hostile_checksums_are_refused(tmp_path, line):
    write(tmp_path / "SHA256SUMS", f"{line}\n")
    with pytest.raises(DataError, match="SHA256SUMS:1"):
        checksums.verify(tmp_path)


def test_verify_of_a_folder_that_is_no_release(tmp_path):
    with pytest.raises(UsageError, match="no SHA256SUMS here"):
        checksums.locate(tmp_path)


def test_diff_shows_labels_in_their_context(released):
    relabel(released)
    code, said = run("diff", "0.2.0", released, "--root", released)
    assert code == 0, said
    assert "Labels changed: 1, on 1 pages" in said
    assert "etb-00001 entities: LOC → ORG" in said
    assert "Voltabri ouvre un atelier à ⟦Dole⟧⏎Le fabricant y produira" in said


def test_diff_of_pages_topics_boundaries_and_furniture(released, tmp_path):
    old = tmp_path / "old"
    shutil.copytree(released, old)
    relabel(released, "topics: financing\nmain_topic: financing", "topics:\nmain_topic: other", "etb-00002")
    relabel(released, "⟦JOBS|20 salariés⟧", "20 salariés", "etb-00002")
    relabel(released, "⟦MONEY|3 millions d'euros⟧", "3 ⟦MONEY|millions d'euros⟧", "etb-00002")
    relabel(released, "⟦LEGAL|© 2020 L'Écho⟧", "⟦META|© 2020 L'Écho⟧", "etb-00002")
    found = differences.compare(old, released)
    told = {(change.layer, change.before, change.after) for change in found.changes}
    assert told == {
        ("topics", "financing", "none"),
        ("main_topic", "financing", "other"),
        ("entities", "JOBS", None),
        ("entities", "MONEY", "MONEY millions d'euros"),
        ("boilerplate", "LEGAL", "META"),
    }
    assert found.added == found.withdrawn == found.moved == ()
    _remove(released)
    release.build(sources.read(released), released / "corpus" / "data")
    assert differences.compare(old, released).withdrawn == ("etb-00002",)
    assert differences.compare(released, old).added == ("etb-00002",)


def test_diff_tells_the_effect_of_labels_alone_on_a_baseline(released, tmp_path):
    from etabli import bench, jsonl, loading

    text = loading.load(released / "corpus")["test"][0].text
    at = text.index("Brest")
    line = {"id": "etb-00002", "topics": ["financing"], "main_topic": "financing", "boilerplate": [],
            "entities": [{"start": at, "end": at + 5, "label": "LOC"}]}  # fmt: skip
    path = bench.prediction_path(released / "baselines", "mine")
    jsonl.write(path, [line])

    def scored():
        corpus = loading.load(released / "corpus")
        bench.write_scores(released / "baselines/scores.json", {"mine": bench.score(corpus, path)})

    scored()
    old = tmp_path / "old"
    shutil.copytree(released, old)
    relabel(released, "⟦LOC|Brest⟧", "⟦ORG|Brest⟧", "etb-00002")
    scored()
    effects = {e.measure: e for e in differences.compare(old, released).effects}
    entities = effects["entities.micro_f1"]
    assert (entities.before, entities.after) == (0.4, 0.0)
    assert (entities.held, entities.relabelled) == (pytest.approx(0.4), 0.0)
    topics = effects["topics.macro_f1"]
    assert topics.before == topics.after == topics.held == topics.relabelled


def test_diff_of_what_is_no_release(released):
    with pytest.raises(UsageError, match=r"9\.9\.9: neither a folder nor"), differences.opened("9.9.9", released):
        pass


def test_versions_of_the_repository_agree():
    version = (REPOSITORY / "corpus/VERSION").read_text().strip()
    assert f'\nversion = "{version}"\n' in (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    assert f"\nversion: {version}\n" in (REPOSITORY / "CITATION.cff").read_text(encoding="utf-8")
