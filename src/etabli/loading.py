"""Loads a release: the built corpus that the package carries, or another folder's.

corpus = etabli.load()
corpus["test"][0].gold.entities
corpus.to_pandas()
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any, overload

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from etabli import records
from etabli.documents import Record
from etabli.errors import DataError, Problem, UsageError
from etabli.labels import codes

SPLITS = codes("split")


@dataclass(frozen=True)
class Corpus(Sequence[Record]):
    """Records in the order of their ids, with the version and digest of the release they come from."""

    records: tuple[Record, ...]
    version: str
    digest: str

    def __len__(self) -> int:
        return len(self.records)

    @overload
    def __getitem__(self, key: int) -> Record: ...
    @overload
    def __getitem__(self, key: slice | str) -> Corpus: ...
    def __getitem__(self, key: int | slice | str) -> Record | Corpus:
        """A record by its place, or the part of the corpus that is a slice or a split (`train`, …)."""
        if isinstance(key, int):
            return self.records[key]
        if isinstance(key, slice):
            return Corpus(self.records[key], self.version, self.digest)
        if key not in SPLITS:
            raise KeyError(f"no split {key!r}; splits are {', '.join(SPLITS)}")
        return Corpus(tuple(r for r in self.records if r.page.split == key), self.version, self.digest)

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    @cached_property
    def by_id(self) -> dict[str, Record]:
        """Records by id."""
        return {record.id: record for record in self.records}

    def to_pandas(self) -> pd.DataFrame:
        """One row a page, with the columns of schema/record.json and labels as strings."""
        return pd.DataFrame([records.to_json(record) for record in self.records])


def data_folder(corpus: Path | None = None) -> Path:
    """Where a release's tables are: in the package, or in `corpus` (a folder like the repository's `corpus/`)."""
    if corpus is None:
        with resources.as_file(resources.files("etabli") / "data") as inside:
            return inside
    for folder in (corpus / "data", corpus, corpus / "corpus" / "data"):
        if (folder / "default").is_dir():
            return folder
    raise UsageError(f"{corpus}: no data/default/*.parquet here; name a folder like the repository's corpus/")


def load(corpus: str | Path | None = None) -> Corpus:
    """The released corpus as typed records.

    `corpus` names a folder that holds `data/default/<split>.parquet` (a clone's `corpus/`, a download from
    the Hub); without it, the release inside the package. Raises `UsageError` where there is none and
    `DataError` for a damaged file.
    """
    folder = data_folder(Path(corpus) if corpus is not None else None)
    manifest = _manifest(folder)
    held: list[Record] = []
    for split in SPLITS:
        path = folder / "default" / f"{split}.parquet"
        try:
            table = pq.read_table(path)
        except FileNotFoundError:
            raise UsageError(f"{path}: no such file; run `etabli build`") from None
        except (OSError, pa.ArrowInvalid) as error:
            remedy = "Download it again, or run `etabli build`."
            raise DataError([Problem("parquet", str(path), str(error), "a Parquet file", remedy)]) from None
        held += [records.from_json(row) for row in _named(table)]
    held.sort(key=lambda record: record.id)
    return Corpus(tuple(held), manifest.get("version", "unknown"), manifest.get("digest", "unknown"))


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / "release.json"
    if not path.is_file():
        return {}
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _named(table: pa.Table) -> Iterator[dict[str, Any]]:
    """Rows of a released table with class numbers turned back into names, by the features in its metadata."""
    info = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]
    for row in table.to_pylist():
        yield {key: _name(value, info[key]) for key, value in row.items()}


def _name(value: Any, feature: Any) -> Any:
    if value is None:
        return None
    if isinstance(feature, dict) and feature.get("_type") == "ClassLabel":
        return feature["names"][value]
    if isinstance(feature, dict) and feature.get("_type") in ("List", "LargeList", "Sequence"):
        return [_name(item, feature["feature"]) for item in value]
    if isinstance(feature, dict) and "_type" not in feature:
        return {key: _name(value[key], feature[key]) for key in value}
    return value
