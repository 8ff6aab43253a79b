"""Build, its check, and loading with `datasets` and with `etabli.load`, offline."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import datasets
import pytest

import etabli
from etabli import records, release, schemas, sources
from etabli.errors import DataError, UsageError
from etabli.lines import classify
from tests.corpus_maker import GOLD, SITES, write

REPOSITORY = Path(__file__).parent.parent
CARD = (
    "---\nconfigs:\n"
    + "".join(
        f"- config_name: {config}\n  data_files:\n"
        + "".join(f"  - split: {split}\n    path: data/{config}/{split}.parquet\n" for split in ("train", "test"))
        for config in release.CONFIGS
    )
    + "---\n"
)


def test_typed_records_are_what_the_sources_hold(built):
    corpus = etabli.load(built / "corpus")
    assert list(corpus) == list(sources.read(built).records())
    assert [r.page.split for r in corpus] == ["train", "test"]
    assert len(corpus["train"]) == 1
    with pytest.raises(KeyError, match="no split 'dev'"):
        corpus["dev"]


def test_records_fit_their_schema_and_come_back(built):
    for record in etabli.load(built / "corpus"):
        row = records.to_json(record)
        assert list(schemas.errors("record", row)) == []
        assert records.from_json(json.loads(json.dumps(row))) == record
        for span in [*row["entities"], *row["boilerplate"]]:
            assert row["text"][span["start"] : span["end"]] == span["surface"]


def test_pandas_frame_has_one_row_a_page(built):
    frame = etabli.load(built / "corpus").to_pandas()
    assert list(frame["id"]) == sorted(GOLD)
    assert list(frame["main_topic"]) == ["industrialization", "financing"]


def test_datasets_loads_every_config_from_a_folder(built, tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    write(built / "corpus/README.md", CARD)
    folder = str(built / "corpus")
    pages = datasets.load_dataset(folder, "default", cache_dir=str(tmp_path))
    topic = pages["train"].features["topics"].feature
    assert isinstance(topic, datasets.ClassLabel)
    assert topic.int2str(pages["train"][0]["topics"]) == ["industrialization"]
    entity = pages["test"][0]["entities"][0]
    assert pages["test"][0]["text"][entity["start"] : entity["end"]] == entity["surface"] == "Armorgel"

    tokens = datasets.load_dataset(folder, "tokens", split="train", cache_dir=str(tmp_path))
    names = tokens.features["entity_tags"].feature.int2str(tokens[0]["entity_tags"])
    tagged = [t for t, n in zip(tokens[0]["tokens"], names, strict=True) if n != "O"]
    assert tagged == ["Voltabri", "Dole", "12", "000", "bornes", "par", "an", "2021"]

    lines = datasets.load_dataset(folder, "lines", split="train", cache_dir=str(tmp_path))[0]["lines"]
    label = (
        datasets.load_dataset(folder, "lines", split="train", cache_dir=str(tmp_path))
        .features["lines"]
        .feature["label"]
    )
    assert [(label.int2str(line["label"]), line["mixed"]) for line in lines] == [
        ("NAV", False), ("NAV", False), ("ARTICLE", False), ("ARTICLE", True),
    ]  # fmt: skip


def test_lines_of_mixed_classes_go_with_the_majority():
    from etabli.documents import Span

    text = "abcdef\n\nxx yyyy"
    assert [tuple(line)[2:] for line in classify(text, [Span(3, 6, "NAV"), Span(11, 15, "SOCIAL")])] == [
        ("ARTICLE", True),
        ("SOCIAL", True),
    ]


def test_check_finds_what_is_stale(built):
    target = built / "corpus" / "data"
    assert release.check(sources.read(built), target) == []
    page = built / "annotations/gold/etb-00001.txt"
    write(page, page.read_text().replace("⟦LOC|Dole⟧", "⟦ORG|Dole⟧"))
    stale = {Path(p.file).parent.name + "/" + Path(p.file).name for p in release.check(sources.read(built), target)}
    assert stale == {"default/train.parquet", "tokens/train.parquet", "data/release.json"}
    (target / "lines" / "test.parquet").write_bytes(b"PAR1")
    (target / "lines" / "train.parquet").unlink()
    problems = [str(p) for p in release.check(sources.read(built), target)]
    assert any("no such file" in p for p in problems)
    assert any("no Parquet" in p for p in problems)


def test_building_twice_gives_the_same_tables(built):
    before = {p: p.read_bytes() for p in (built / "corpus/data").rglob("*.*")}
    release.build(sources.read(built), built / "corpus" / "data")
    assert {p: p.read_bytes() for p in (built / "corpus/data").rglob("*.*")} == before


def test_loading_says_what_is_missing_or_damaged(built, tmp_path):
    with pytest.raises(UsageError, match="no data/default"):
        etabli.load(tmp_path)
    path = built / "corpus/data/default/test.parquet"
    path.write_bytes(b"broken")
    with pytest.raises(DataError, match=r"test\.parquet"):
        etabli.load(built / "corpus")
    path.unlink()
    with pytest.raises(UsageError, match="no such file"):
        etabli.load(built / "corpus")


def test_the_committed_build_is_what_the_sources_give():
    assert release.check(sources.read(REPOSITORY), REPOSITORY / "corpus" / "data") == []


def test_sites_of_the_maker_are_of_two_splits():
    assert {split for _, split in SITES.values()} == {"train", "test"}


@pytest.mark.slow
def test_the_wheel_carries_the_corpus(tmp_path):
    """Build the wheel, install it in an empty environment (dependencies lent by ours) and use it."""
    subprocess.run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), "."],
                   cwd=REPOSITORY, check=True, capture_output=True)  # fmt: skip
    wheel = next(tmp_path.glob("etabli-*.whl"))
    home = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    python = home / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", str(wheel)], check=True)
    lent = os.pathsep.join(p for p in sys.path if p.endswith("site-packages"))
    code = (
        "import etabli, etabli.schema, etabli.baselines; from importlib import resources;"
        "assert 'venv' in etabli.__file__, etabli.__file__;"
        "c = etabli.load(); print(len(c), len(c.to_pandas()), c.digest);"
        "assert resources.files('etabli.schema').joinpath('labels.json').is_file();"
        "assert resources.files('etabli.baselines').joinpath('params.json').is_file()"
    )
    site = next((home / "lib").glob("python*/site-packages"))
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(site), lent]),
        "HOME": str(tmp_path),
    }
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, env=env, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    ours = etabli.load()
    assert done.stdout.split() == [str(len(ours)), str(len(ours)), ours.digest]
    top = {p.name for p in site.iterdir() if p.is_dir() and not p.name.endswith(".dist-info")}
    assert top - {"pip", "setuptools", "_distutils_hack", "pkg_resources", "__pycache__"} == {"etabli"}
    shutil.rmtree(home)
