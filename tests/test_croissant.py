"""croissant.json: valid by `mlcroissant`, and the records read through it are those of `datasets`."""

import json
from pathlib import Path

import datasets
import pytest

from etabli import cards, croissant, release, schemas

mlcroissant = pytest.importorskip("mlcroissant")
REPOSITORY = Path(__file__).parent.parent


def plain(value):
    """A record of mlcroissant with text as str and keys without the record set's path."""
    if isinstance(value, bytes):
        return value.decode("utf-8")
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key.rsplit("/", 1)[-1]: plain(item) for key, item in value.items()}
    return value


def flat(record):
    """A row of datasets with its structs as `annotators.a.topics`."""
    out = {}
    for key, value in record.items():
        inner = {f"{key}.{k}": v for k, v in flat(value).items()} if isinstance(value, dict) else {key: value}
        out.update(inner)
    return out


@pytest.fixture(scope="module")
def described():
    return mlcroissant.Dataset(jsonld=str(REPOSITORY / cards.CROISSANT))


def test_it_is_valid_and_only_the_day_of_a_release_may_be_missing(described):
    issues = described.metadata.ctx.issues
    assert not issues.errors
    assert all("datePublished" in warning for warning in issues.warnings)


def test_every_rai_field_is_one_that_mlcroissant_knows(described):
    held = json.loads((REPOSITORY / cards.CROISSANT).read_text(encoding="utf-8"))
    rai = {key for key in held if key.startswith("rai:")}
    assert len(rai) > 15
    kept = {key for key in described.metadata.to_json() if key.startswith("rai:")}
    assert kept == rai


@pytest.mark.parametrize("config", release.CONFIGS)
def test_records_read_through_it_are_those_of_datasets(described, config, tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    theirs = datasets.load_dataset(str(REPOSITORY / "corpus"), config, cache_dir=str(tmp_path))
    assert sum(map(len, theirs.values())) > 0
    for split, rows in theirs.items():
        ours = [plain(record) for record in described.records(f"{config}-{split}")]
        assert ours == [flat(row) for row in rows], split


def test_numbers_of_labels_are_those_of_labels_json(described):
    definitions = schemas.schema("labels")["$defs"]
    for group in ("topic", "entity", "boilerplate", "sector"):
        rows = [plain(row) for row in described.records(f"labels-{group}")]
        assert [row["code"] for row in rows] == definitions[group]["enum"]
        assert [row["number"] for row in rows] == list(range(len(rows)))


def test_a_file_that_is_not_the_described_one_is_refused(built, tmp_path):
    text = json.loads(croissant.text(built))
    (built / "corpus/croissant.json").write_text(json.dumps(text), encoding="utf-8")
    path = built / "corpus/data/default/test.parquet"
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(Exception, match=r"default-test|hash"):
        list(mlcroissant.Dataset(jsonld=str(built / "corpus/croissant.json")).records("default-test"))
