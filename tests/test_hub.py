"""Publishing to a stand-in for the Hub on loopback, and loading what arrived, offline and under a clean home."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from etabli import checksums, hub
from etabli.errors import DataError, UsageError
from tests.corpus_maker import write
from tests.hub_server import TOKEN, Hub

REPOSITORY = Path(__file__).parent.parent
COMMAND = "from etabli.cli import main; main()"
NO_NETWORK = """
import socket

def refuse(*args, **kwargs):
    raise AssertionError("the network was asked for")

socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
"""


def python(code, *args, home, **env):
    """Run Python in a process of its own under an empty home."""
    home.mkdir(exist_ok=True)
    clean = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": os.pathsep.join(sys.path), **env}
    call = [sys.executable, "-c", code, *map(str, args)]
    return subprocess.run(call, env=clean, cwd=home, capture_output=True, text=True, check=False)


@pytest.fixture
def parcel(tmp_path):
    """The repository's own tables and card, as a release."""
    corpus = tmp_path / "repo" / "corpus"
    shutil.copytree(REPOSITORY / "corpus" / "data", corpus / "data", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("README.md", "croissant.json", "VERSION"):
        shutil.copy(REPOSITORY / "corpus" / name, corpus)
    write(corpus / "facts/dole-2019.yaml", "event: dole-2019\n")
    checksums.write(corpus)
    return corpus.parent


def publish(parcel, server, tmp_path, *args, **env):
    told = {"HF_ENDPOINT": server.address, "HF_TOKEN": TOKEN, "HF_HUB_DISABLE_XET": "1", **env}
    return python(COMMAND, "publish", "me/etabli", "--root", parcel, *args, home=tmp_path / "home", **told)


def test_what_arrives_is_the_release_and_loads_offline_under_a_clean_home(parcel, tmp_path):
    with Hub(tmp_path / "hub") as server:
        write(server.folder / "data/old.parquet", "of an older version")
        write(server.folder / ".gitattributes", "*.parquet filter=lfs\n")
        done = publish(parcel, server, tmp_path)
        assert done.returncode == 0, done.stderr
        version = (parcel / "corpus/VERSION").read_text().strip()
        assert len(server.commits) == 1
        assert server.tags == {f"v{version}": f"{1:040x}"}
        assert ("POST", "/api/validate-yaml") in server.calls
        assert len(server.objects) == 9
    arrived = server.folder
    assert checksums.verify(arrived) == []
    assert set(server.files()) == {*checksums.read(arrived), "SHA256SUMS", ".gitattributes"}

    code = NO_NETWORK + (
        "import sys, datasets, etabli\n"
        "for config in ('default', 'tokens', 'lines'):\n"
        "    print(config, {k: len(v) for k, v in datasets.load_dataset(sys.argv[1], config).items()})\n"
        "print(len(etabli.load(sys.argv[1])), etabli.load(sys.argv[1]).version)\n"
    )
    home = tmp_path / "another home"
    done = python(code, arrived, home=home, HF_HUB_OFFLINE="1", HF_DATASETS_CACHE=str(home / "cache"))
    assert done.returncode == 0, done.stderr
    counts = [line.split(" ", 1) for line in done.stdout.strip().split("\n")]
    assert [config for config, _ in counts[:3]] == ["default", "tokens", "lines"]
    assert len({count for _, count in counts[:3]}) == 1
    assert counts[3][1] == version


def test_a_dry_run_asks_nothing_and_prints_what_would_go(parcel, tmp_path):
    with Hub(tmp_path / "hub") as server:
        done = publish(parcel, server, tmp_path, "--dry-run", HF_TOKEN="")
        assert done.returncode == 0, done.stderr
        assert server.calls == []
    lines = done.stdout.strip().split("\n")
    names = {line.split()[-1] for line in lines[:-1]}
    assert names == {*checksums.read(parcel / "corpus"), "SHA256SUMS"}
    assert lines[-1].startswith("would go to datasets/me/etabli, tag v")


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ({"HF_TOKEN": "hf_wrong"}, "the Hub refused: .*401"),
        ({"HF_TOKEN": ""}, "the Hub refused: .*401|no token"),
        ({"HF_ENDPOINT": "http://127.0.0.1:9"}, "cannot be reached"),
    ],
)
def test_a_refusal_of_the_hub_is_said_in_a_line(parcel, tmp_path, env, message):
    import re

    with Hub(tmp_path / "hub") as server:
        done = publish(parcel, server, tmp_path, **env)
    assert done.returncode == 2, done.stderr
    assert re.search(message, done.stderr), done.stderr
    assert "Traceback" not in done.stderr
    assert not server.folder.exists()


def test_only_a_release_is_published(parcel, tmp_path):
    write(parcel / "corpus/draft.txt", "x")
    with pytest.raises(DataError, match=r"draft.txt: checksums"):
        hub.pack(parcel)
    (parcel / "corpus/SHA256SUMS").unlink()
    with pytest.raises(UsageError, match="no SHA256SUMS"):
        hub.pack(parcel)


@pytest.mark.parametrize("name", ["a b/c", "me/../x", "me/etabli/more", "-x"])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(UsageError):
        hub.check_name(name)
