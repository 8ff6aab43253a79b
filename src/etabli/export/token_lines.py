"""JSONL with token offsets: one `<split>.jsonl` a split, one page a line.

    {"id", "text", "topics", "main_topic",
     "tokens": [{"id": 0, "text": "Voltabri", "start": 0, "end": 8, "ws": true}, …],
     "spans": [{"start": 0, "end": 8, "token_start": 0, "token_end": 0, "label": "ORG"}, …]}

`start` and `end` are half-open code points; `token_end` is the last token of the span (inclusive), the convention of
Prodigy and the tools that follow it; `ws` says whether white space comes after the token.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from etabli import jsonl
from etabli.documents import Record
from etabli.export import Files, by_split
from etabli.tokens import tokenize


def files(records: Sequence[Record]) -> Files:
    """A file a split."""
    for split, part in by_split(records).items():
        yield f"{split}.jsonl", "".join(jsonl.dumps(line(record)) + "\n" for record in part).encode()


def line(record: Record) -> dict[str, Any]:
    """One page with its tokens, and its spans (entities and furniture) over characters and tokens."""
    text = record.text
    tokens = tokenize(text)
    starts = [start for start, _ in tokens]
    return {
        "id": record.id,
        "text": text,
        "topics": list(record.gold.topics),
        "main_topic": record.gold.main_topic,
        "tokens": [
            {"id": number, "text": text[start:end], "start": start, "end": end, "ws": text[end : end + 1].isspace()}
            for number, (start, end) in enumerate(tokens)
        ],
        "spans": [
            {
                "start": span.start,
                "end": span.end,
                "token_start": bisect_left(starts, span.start),
                "token_end": bisect_left(starts, span.end) - 1,
                "label": span.label,
            }
            for span in record.gold.spans
        ],
    }
