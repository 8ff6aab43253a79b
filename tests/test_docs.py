"""Documents that cannot drift: the command reference, help of every option, README's blocks run in a copy."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from etabli.cli import app
from etabli.commands import reference

REPOSITORY = Path(__file__).parent.parent
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(bash|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COSTLY = {"etabli tag": "fits models for minutes; tests/test_tagging.py runs it", "make ": "make bench, make test"}


def tree(command, path=("etabli",)):
    """Every command with its path, groups before what they hold."""
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from tree(inner, (*path, name))


COMMANDS = list(tree(typer.main.get_command(app)))


def test_the_command_reference_is_what_help_says():
    command = typer.main.get_command(app)
    text = reference.page(typer.Context(command, info_name="etabli"))
    assert (REPOSITORY / reference.NAME).read_text(encoding="utf-8") == text, "run `etabli reference`"
    titles = set(re.findall(r"^#+ `(.+)`$", text, flags=re.MULTILINE))
    assert titles == {" ".join(path) for path, _ in COMMANDS[1:]}


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[" ".join(path) for path, _ in COMMANDS])
def test_help_says_what_the_command_and_each_of_its_options_does(path, command):
    assert command.help
    silent = [p.name for p in command.params if p.name != "help" and not getattr(p, "help", None)]
    assert silent == []


def blocks():
    for kind, code in BLOCK.findall(README):
        costly = any(line.startswith(start) for line in code.split("\n") for start in COSTLY)
        if not costly:
            yield kind, code


def test_readme_has_blocks_to_run():
    assert {kind for kind, _ in blocks()} == {"bash", "python"}


@pytest.mark.parametrize(("kind", "code"), list(blocks()), ids=lambda text: text.split("\n")[0][:40])
def test_readme_block_runs_in_a_copy_of_the_repository(kind, code, tmp_path):
    home, copy = tmp_path / "home", tmp_path / "repo"
    home.mkdir()
    leave = shutil.ignore_patterns("__pycache__")
    for name in ("corpus", "annotations", "schema", "baselines"):
        shutil.copytree(REPOSITORY / name, copy / name, ignore=leave)
    bin_folder = Path(sys.executable).parent
    env = {"PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}", "HOME": str(home), "HF_HUB_OFFLINE": "1"}
    call = ["bash", "-euo", "pipefail", "-c", code] if kind == "bash" else [sys.executable, "-c", code]
    done = subprocess.run(call, cwd=copy, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_document_that_the_readme_names_is_there():
    named = re.findall(r"`((?:[\w-]+/)*[\w-]+\.(?:md|json|cff|yaml))`", README)
    assert named
    assert [name for name in named if not (REPOSITORY / name).exists()] == []
