"""CoNLL-2003 columns: token, part of speech, chunk, entity; one `<split>.conll` a split.

The part of speech is not annotated (`-X-`). The chunk column carries the furniture class, the last one the entity,
both in IOB2. A line of the page is a sentence (a blank line ends it), and furniture of several lines starts anew
(`B-`) on each, so that no sentence opens with an `I-`. `-DOCSTART-` opens a page; `documents.tsv` names the pages in
the same order. Format: https://aclanthology.org/W03-0419/
"""

from __future__ import annotations

from collections.abc import Sequence

from etabli.documents import Record
from etabli.export import Files, by_split, documents_table
from etabli.tokens import to_iob2, tokenize

_START = "-DOCSTART- -X- O O\n\n"


def files(records: Sequence[Record]) -> Files:
    """A file a split and the table of pages."""
    parts = by_split(records)
    yield "documents.tsv", documents_table(record for part in parts.values() for record in part)
    for split, part in parts.items():
        yield f"{split}.conll", "".join(columns(record) for record in part).encode()


def columns(record: Record) -> str:
    """One page in columns, from its `-DOCSTART-` to the blank line after its last token."""
    text = record.text
    tokens = tokenize(text)
    entities = to_iob2(tokens, record.gold.entities)
    furniture = to_iob2(tokens, record.gold.boilerplate)
    out = [_START]
    position = 0
    for (start, end), block, entity in zip(tokens, furniture, entities, strict=True):
        if position and "\n" in text[position:start]:
            out.append("\n")
            block = block.replace("I-", "B-", 1)
        out.append(f"{text[start:end]} -X- {block} {entity}\n")
        position = end
    return "".join(out) + "\n"
