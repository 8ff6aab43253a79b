"""The workflow and the issue form: they fit the published schemas, and the workflow's shell steps do what they say."""

import json
import os
import shutil
import subprocess
import sys
import venv
from importlib import resources
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator

from tests.board_maker import lines, make_root, submissions, write_submission

REPOSITORY = Path(__file__).parent.parent
WORKFLOW = REPOSITORY / ".github" / "workflows" / "submission.yml"
FORM = REPOSITORY / ".github" / "ISSUE_TEMPLATE" / "label.yml"
TAKE, SCORE, SHOW = "Put the request's submissions in the place of the base's", "Check and score", "Show the ranking"


def read(path):
    """A file of GitHub's; `on` is a word there, not YAML 1.1's true."""
    held = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {"on" if key is True else key: value for key, value in held.items()}


@pytest.mark.parametrize(("path", "name"), [(WORKFLOW, "github-workflows"), (FORM, "github-issue-forms")])
def test_files_fit_the_published_schemas(path, name):
    vendored = resources.files("check_jsonschema") / "builtin_schemas" / "vendor" / f"{name}.json"
    schema = json.loads(vendored.read_text(encoding="utf-8"))
    assert [error.message for error in Draft7Validator(schema).iter_errors(read(path))] == []
    broken = {**read(path), "nonsense": 1}
    assert list(Draft7Validator(schema).iter_errors(broken))


def test_the_form_asks_for_page_span_and_proposal():
    asked = {part.get("id") for part in read(FORM)["body"]}
    assert {"page", "layer", "span", "gold", "proposal", "reason"} <= asked


def test_nothing_can_be_written_and_no_code_comes_from_the_request():
    held = read(WORKFLOW)
    assert held["permissions"] == {"contents": "read"}
    assert list(held["on"]) == ["pull_request"]  # never pull_request_target, which would bring secrets
    assert "secrets." not in WORKFLOW.read_text()
    (job,) = held["jobs"].values()
    assert "permissions" not in job
    base, request = (step["with"] for step in job["steps"] if step.get("uses", "").startswith("actions/checkout"))
    assert base["ref"] == "${{ github.event.pull_request.base.sha }}"
    assert request["sparse-checkout"] == "/leaderboard/submissions/"
    assert not request["sparse-checkout-cone-mode"]
    assert not base["persist-credentials"]
    assert not request["persist-credentials"]
    for step in job["steps"]:
        assert "${{" not in step.get("run", ""), "a value of the request in a shell step could be a command"


@pytest.fixture
def workspace(tmp_path):
    """What the checkouts leave: the base with its release, and the request's submissions beside it."""
    make_root(tmp_path / "base")
    write_submission(submissions(tmp_path / "base") / "old", lines(12), name="Old")
    write_submission(submissions(tmp_path / "request") / "old", lines(12), name="Old")
    write_submission(submissions(tmp_path / "request") / "new", name="New")
    # The step that installs the base is stood in for by this environment's own command.
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    (tmp_path / "venv" / "bin" / "etabli").symlink_to(Path(sys.executable).parent / "etabli")
    return tmp_path


def run(workspace, *names):
    """Run steps of the workflow as a runner does; the code and output of the last that ran."""
    steps = {step["name"]: step for step in read(WORKFLOW)["jobs"]["score"]["steps"]}
    environment = {**os.environ, "GITHUB_STEP_SUMMARY": str(workspace / "summary.md")}
    for name in names:
        call = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", steps[name]["run"]]
        done = subprocess.run(call, cwd=workspace, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            break
    return done.returncode, done.stdout + done.stderr


def test_a_request_is_scored_and_its_ranking_shown(workspace):
    code, told = run(workspace, TAKE, SCORE, SHOW)
    assert code == 0, told
    shown = (workspace / "summary.md").read_text()
    assert "[New](site/systems/new.html)" in shown
    assert "[Old](site/systems/old.html)" in shown
    assert (workspace / "base/leaderboard/site/systems/new.html").is_file()


def test_a_wrong_request_fails_and_says_why(workspace):
    (submissions(workspace / "request") / "new" / "system.yaml").write_text("a: &a 1\nb: *a\n")
    code, told = run(workspace, TAKE, SCORE)
    assert code == 1
    assert "leaderboard/submissions/new/system.yaml:2: system-yaml: found an alias" in told


def test_a_link_out_of_the_request_is_refused(workspace):
    (workspace / "secret").write_text("name: secret\n")
    card = submissions(workspace / "request") / "new" / "system.yaml"
    card.unlink()
    card.symlink_to(workspace / "secret")
    code, told = run(workspace, TAKE, SCORE)
    assert code == 1
    assert "no plain file" in told
    shutil.rmtree(workspace / "request" / "leaderboard")
    (workspace / "request" / "leaderboard").symlink_to(workspace / "base" / "leaderboard")
    assert run(workspace, TAKE)[0] == 1


def test_nothing_else_of_the_request_is_taken(workspace):
    for name in ("src/etabli/cli.py", "sitecustomize.py", "leaderboard/README.md", "leaderboard/site/index.html"):
        path = workspace / "request" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("raise SystemExit('run')")
    code, told = run(workspace, TAKE, SCORE)
    assert code == 0, told
    held = [path.read_text() for path in (workspace / "base").rglob("*") if path.suffix in (".py", ".md", ".html")]
    assert not any("SystemExit" in text for text in held)


@pytest.mark.slow
def test_the_base_can_be_installed_as_the_workflow_does(workspace):
    """The install step itself, with this machine's packages in place of an index."""
    steps = {step["name"]: step for step in read(WORKFLOW)["jobs"]["score"]["steps"]}
    script = steps["Install the base branch's scorer"]["run"]
    assert script.splitlines() == ["python -m venv venv", "venv/bin/python -m pip install --quiet ./base"]
    project = workspace / "project"
    ignored = shutil.ignore_patterns("*.egg-info", "__pycache__")
    for part in ("src", "schema", "baselines"):
        shutil.copytree(REPOSITORY / part, project / part, symlinks=True, ignore=ignored)
    shutil.copytree(REPOSITORY / "corpus" / "data", project / "corpus" / "data")
    for name in ("pyproject.toml", "README.md", "LICENSE", "LICENSE-DATA"):
        shutil.copy(REPOSITORY / name, project)
    venv.create(workspace / "own", with_pip=True, system_site_packages=False)
    own = workspace / "own" / "bin" / "python"
    quiet = ["--quiet", "--no-deps", "--no-build-isolation", "--target", str(workspace / "installed")]
    subprocess.run([sys.executable, "-m", "pip", "install", *quiet, str(project)], check=True)
    places = os.pathsep.join([str(workspace / "installed"), *(p for p in sys.path if "site-packages" in p)])
    code = "from etabli.cli import main; import sys; sys.argv = ['etabli', 'leaderboard', '--root', 'base']; main()"
    done = subprocess.run(
        [own, "-c", code], cwd=workspace, env={**os.environ, "PYTHONPATH": places}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (workspace / "base/leaderboard/site/systems/old.html").is_file()
