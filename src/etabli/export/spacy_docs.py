"""spaCy: one `<split>.spacy` (DocBin) a split, as `spacy train` reads it.

A `Doc` has the page's text exactly (white space beyond single spaces is tokens of its own, as spaCy does it), the
entities as `ents`, the furniture as `spans["boilerplate"]`, topics as `cats` (1.0 or 0.0), and in `user_data` the
page's `id` and `main_topic`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from etabli.documents import Record, Span
from etabli.errors import UsageError
from etabli.export import Files, by_split
from etabli.labels import TOPICS
from etabli.tokens import tokenize


def files(records: Sequence[Record]) -> Files:
    """A file a split. Raises `UsageError` where spaCy is not installed."""
    try:
        from spacy.tokens import DocBin
        from spacy.vocab import Vocab
    except ImportError:
        raise UsageError("this form needs spaCy: pip install 'etabli[spacy]'") from None
    for split, part in by_split(records).items():
        vocab = Vocab()
        bin_ = DocBin(attrs=["ENT_IOB", "ENT_TYPE"], store_user_data=True)
        for record in part:
            bin_.add(document(record, vocab))
        yield f"{split}.spacy", bin_.to_bytes()


def document(record: Record, vocab: Any) -> Any:
    """The page as a spaCy `Doc` over `vocab`."""
    from spacy.tokens import Doc, SpanGroup

    words, spaces = pieces(record.text)
    doc = Doc(vocab, words=words, spaces=spaces)
    doc.set_ents([_span(doc, span) for span in record.gold.entities])
    blocks = [_span(doc, span) for span in record.gold.boilerplate]
    doc.spans["boilerplate"] = SpanGroup(doc, name="boilerplate", spans=blocks)
    doc.cats = {topic: float(topic in record.gold.topics) for topic in TOPICS}
    doc.user_data = {"id": record.id, "main_topic": record.gold.main_topic}
    return doc


def _span(doc: Any, span: Span) -> Any:
    found = doc.char_span(span.start, span.end, label=span.label)
    if found is None:  # cannot happen in a valid corpus: every gold boundary is a token boundary
        raise ValueError(f"{doc.user_data.get('id')}: {span} does not fall on token boundaries")
    return found


def pieces(text: str) -> tuple[list[str], list[bool]]:
    """Words whose texts and following single spaces join to `text`, tokens and white space alike."""
    words: list[str] = []
    spaces: list[bool] = []
    position = 0
    for start, end in [*tokenize(text), (len(text), len(text))]:
        gap = text[position:start]
        if words and gap.startswith(" "):
            spaces[-1] = True
            gap = gap[1:]
        if gap:
            words.append(gap)
            spaces.append(False)
        if end > start:
            words.append(text[start:end])
            spaces.append(False)
        position = end
    return words, spaces
