"""Tokens and IOB2 tags."""

from hypothesis import given
from hypothesis import strategies as st

from etabli.documents import Span
from etabli.tokens import from_iob2, to_iob2, tokenize
from tests.strategies import TEXTS


def words(text):
    return [text[start:end] for start, end in tokenize(text)]


def test_what_a_token_is():
    assert words("l'usine de 1 300 m2") == ["l", "'", "usine", "de", "1", "300", "m", "2"]
    assert words("productionRéagir AFPLire 0Commentaire") == [
        "production",
        "Réagir",
        "AFP",
        "Lire",
        "0",
        "Commentaire",
    ]
    assert words("e\u0301tE\u0301TAT 🇫🇷") == ["e\u0301t", "E\u0301TAT", "🇫", "🇷"]


@given(TEXTS)
def test_tokens_cover_all_but_white_space_in_order(text):
    position, rest = 0, []
    for start, end in tokenize(text):
        assert position <= start < end
        rest.append(text[position:start])
        position = end
    assert not "".join([*rest, text[position:]]).strip()


@given(TEXTS, st.data())
def test_iob2_gives_back_spans_on_token_boundaries(text, data):
    tokens = tokenize(text)
    spans, at = [], 0
    while at < len(tokens):
        last = min(at + data.draw(st.integers(1, 3)), len(tokens)) - 1
        if data.draw(st.booleans()):
            spans.append(Span(tokens[at][0], tokens[last][1], data.draw(st.sampled_from(["ORG", "LOC"]))))
        at = last + 1
    assert list(from_iob2(tokens, to_iob2(tokens, spans))) == spans


def test_an_inside_tag_without_a_beginning_starts_a_span():
    tokens = [(0, 1), (2, 3), (4, 5)]
    assert from_iob2(tokens, ["I-ORG", "I-LOC", "O"]) == (Span(0, 1, "ORG"), Span(2, 3, "LOC"))
