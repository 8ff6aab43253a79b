"""The dataset card: its head as `huggingface_hub` and `datasets` read it."""

from pathlib import Path

import datasets
import pyarrow.parquet as pq
import pytest
import yaml
from datasets import DatasetInfo
from datasets.info import DatasetInfosDict
from datasets.utils.metadata import MetadataConfigs
from huggingface_hub import DatasetCard, DatasetCardData

import etabli
from etabli import datasheet, release, sources
from tests.corpus_maker import write

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def card():
    return DatasetCard.load(REPOSITORY / "corpus" / "README.md")


def test_the_head_is_read_by_the_hubs_own_tools(card):
    assert isinstance(card.data, DatasetCardData)
    assert (card.data.license, card.data.language, card.data.pretty_name) == ("cc-by-4.0", ["fr"], "Établi")
    assert card.data.size_categories == [datasheet.size_tag(len(etabli.load(REPOSITORY / "corpus")))]
    assert not any(hasattr(card.data, name) for name in ("dataset_summary", "licence"))
    again = DatasetCard(str(card))
    assert again.data.to_dict() == card.data.to_dict()


def test_configs_and_columns_are_those_of_the_release(card):
    configs = MetadataConfigs.from_dataset_card_data(card.data)
    assert list(configs) == list(release.CONFIGS)
    assert configs.get_default_config_name() == "default"
    told = DatasetInfosDict.from_dataset_card_data(card.data)
    for name in release.CONFIGS:
        info = told[name]
        assert isinstance(info, DatasetInfo)
        assert info.features == release.features(name)
        for split in release.SPLITS:
            path = REPOSITORY / "corpus" / "data" / name / f"{split}.parquet"
            assert info.splits[split].num_examples == pq.read_metadata(path).num_rows


def test_the_card_answers_what_a_careful_reader_asks(card):
    titles = [line.lstrip("# ") for line in card.content.split("\n") if line.startswith("##")]
    told = " | ".join(titles)
    asked = (
        "Motivation",
        "Composition",
        "by whom",
        "Annotation",
        "Agreement",
        "Audit",
        "Splits",
        "Uses",
        "Known limits",
    )
    assert [word for word in (*asked, "Versions", "Licence", "Removal") if word not in told] == []


@pytest.mark.parametrize(
    ("pages", "tag"), [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (10_000, "10K<n<100K"), (10**5, "100K<n<1M")]
)
def test_size_tags(pages, tag):
    assert datasheet.size_tag(pages) == tag


def test_a_label_changed_in_place_reaches_a_reader_whose_cache_holds_the_older_one(built, tmp_path, monkeypatch):
    """`datasets` keys its cache of a local folder by the card's head alone; ours holds the digest."""
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)

    def load():
        head = datasheet.configs(etabli.load(built / "corpus"))
        for config in head["configs"]:
            config["data_files"] = [part for part in config["data_files"] if part["split"] != "validation"]
        write(built / "corpus/README.md", f"---\n{yaml.safe_dump(head)}---\n")
        rows = datasets.load_dataset(str(built / "corpus"), split="train", cache_dir=str(tmp_path / "cache"))
        return [span["label"] for span in rows[0]["entities"]]

    before = load()
    page = built / "annotations/gold/etb-00001.txt"
    write(page, page.read_text(encoding="utf-8").replace("⟦LOC|Dole⟧", "⟦ORG|Dole⟧"))
    release.build(sources.read(built), built / "corpus" / "data")
    assert load() != before
