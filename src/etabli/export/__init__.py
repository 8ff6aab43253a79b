"""The corpus in the forms of other tools: one module a form, each a function from records to files.

An exporter takes records (of one or more splits) and yields `(name, content)`: a file's path relative to the folder
to write, and its bytes. Gold is exported; nothing is read or written here but through `write`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from etabli import jsonl
from etabli.documents import Record
from etabli.errors import UsageError
from etabli.labels import codes

Files = Iterator[tuple[str, bytes]]
Exporter = Callable[[Sequence[Record]], Files]


def exporters() -> dict[str, Exporter]:
    """The forms by name."""
    from etabli.export import brat, conll, spacy_docs, token_lines

    return {"brat": brat.files, "conll2003": conll.files, "docbin": spacy_docs.files, "jsonl": token_lines.files}


def write(out: Path, files: Iterable[tuple[str, bytes]]) -> int:
    """Write the files under `out`, which must be new or empty (pages of an older export would pass for data).

    Returns how many were written. Raises `UsageError` for a folder that holds something or cannot be written.
    """
    try:
        if out.exists() and any(out.iterdir()):
            raise UsageError(f"{out}: not empty; name a new folder with --out")
        number = 0
        for name, content in files:
            with jsonl.atomic(out / name) as temporary:
                temporary.write_bytes(content)
            number += 1
    except OSError as error:
        raise UsageError(f"{out}: cannot be written ({error.strerror})") from None
    return number


def by_split(records: Iterable[Record]) -> dict[str, list[Record]]:
    """Records by split, in the order of labels.json; splits without a page are left out."""
    held = list(records)
    parts = {split: [record for record in held if record.page.split == split] for split in codes("split")}
    return {split: part for split, part in parts.items() if part}


def documents_table(records: Iterable[Record]) -> bytes:
    """What brat and CoNLL columns have no place for: split and topics of each page, tab-separated, with a header."""
    lines = ["id\tsplit\ttopics\tmain_topic"]
    for record in records:
        gold = record.gold
        lines.append(f"{record.id}\t{record.page.split}\t{','.join(gold.topics)}\t{gold.main_topic}")
    return ("\n".join(lines) + "\n").encode()
