"""Generators of pages and annotations for property tests."""

from itertools import pairwise

from hypothesis import strategies as st

from etabli.documents import Annotation, Span
from etabli.labels import BOILERPLATE, ENTITIES, TOPICS

SPICE = st.sampled_from(
    [
        "a",
        "B",
        "é",
        "e\u0301",
        " ",
        "\u00a0",
        "\u202f",
        "\n",
        "\r\n",
        "\u2028",
        "1",
        "|",
        ":",
        "'",
        "’",
        "🏭",
        "🇫🇷",
        "---\n",
        "\t",
        "œ",
    ]
)
ANY = st.characters(blacklist_categories=("Cs",), blacklist_characters="⟦⟧")
TEXTS = st.lists(st.one_of(SPICE, ANY), max_size=60).map("".join)


@st.composite
def annotated(draw, texts=TEXTS):
    """A text and an annotation of it: spans that do not overlap, of any label."""
    text = draw(texts)
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=12)))
    entities, boilerplate = [], []
    for start, end in pairwise(cuts):
        if draw(st.booleans()):
            label = draw(st.sampled_from(ENTITIES + BOILERPLATE))
            (entities if label in ENTITIES else boilerplate).append(Span(start, end, label))
    chosen = draw(st.sets(st.sampled_from(TOPICS)))
    topics = tuple(topic for topic in TOPICS if topic in chosen)
    main = draw(st.sampled_from((*topics, "other")))
    return text, Annotation(topics, main, tuple(entities), tuple(boilerplate))
