"""The line form: how rows are placed, the round trip, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etabli import lineform
from etabli.documents import Annotation, Span, merge_blocks
from etabli.labels import BOILERPLATE, ENTITIES
from etabli.tokens import tokenize

HEAD = "topics:\nmain_topic: other\n"
WORDS = st.sampled_from(
    [
        "UE",
        "UE.",
        "Lyon",
        "l'usine",
        "Lyon-Est",
        "12 000 m2",
        "Réagir",
        "emploiRéagir",
        "🏭",
        "5\u202f%",
        "e\u0301t",
        "\n",
        "\n\n",
        " ",
        "| ",
    ]
)


@st.composite
def placed(draw):
    """A page of words and spans that rows can say: on token boundaries, entities on one line."""
    text = "".join(draw(st.lists(WORDS, min_size=1, max_size=25)))
    tokens = tokenize(text)
    spans, at = [], 0
    while at < len(tokens):
        size = draw(st.integers(1, 4))
        last = min(at + size, len(tokens)) - 1
        start, end = tokens[at][0], tokens[last][1]
        label = draw(st.sampled_from((None, *ENTITIES[:3], *BOILERPLATE[:3])))
        if label and not (label in ENTITIES and "\n" in text[start:end]):
            spans.append(Span(start, end, label))
        at = last + 1
    entities = tuple(s for s in spans if s.label in ENTITIES)
    return text, Annotation((), "other", entities, tuple(s for s in spans if s.label in BOILERPLATE))


@given(placed())
def test_rows_give_back_the_annotation(case):
    text, annotation = case
    merged = Annotation((), "other", annotation.entities, merge_blocks(text, annotation.boilerplate))
    rows = lineform.render(text, merged)
    assert lineform.parse(text, rows) == merged


@given(placed(), st.randoms())
def test_the_order_of_rows_does_not_matter(case, random):
    text, annotation = case
    rows = lineform.render(text, annotation).rstrip("\n").split("\n")
    body = rows[2:]
    random.shuffle(body)
    assert lineform.parse(text, "\n".join(rows[:2] + body)) == lineform.parse(text, "\n".join(rows))


def spans(text, *rows):
    annotation = lineform.parse(text, HEAD + "\n".join(rows))
    return [(text[s.start : s.end], s.start, s.label) for s in annotation.spans]


def test_longer_surfaces_are_placed_first_and_a_taken_place_is_not_given_again():
    text = "Batrion Recyclage et Batrion"
    assert spans(text, "1\tORG\tBatrion", "1\tORG\tBatrion Recyclage") == [
        ("Batrion Recyclage", 0, "ORG"),
        ("Batrion", 21, "ORG"),
    ]


def test_a_number_says_which_place():
    text = "Lumo équipe ses camions de Lumo"
    assert spans(text, "1\tPROD\tLumo\t2") == [("Lumo", 27, "PROD")]


def test_surfaces_stand_at_word_boundaries():
    assert spans("VUE de l'UE", "1\tORG\tUE") == [("UE", 9, "ORG")]
    with pytest.raises(lineform.RowError, match="does not stand"):
        lineform.parse("une revue", HEAD + "1\tORG\tvue")


def test_furniture_glued_to_a_word_is_found():
    assert spans("de productionRéagir", "1\tSOCIAL\tRéagir") == [("Réagir", 13, "SOCIAL")]
    assert spans("0Commentaire", "1\tSOCIAL\tCommentaire") == [("Commentaire", 1, "SOCIAL")]


def test_plain_spaces_and_apostrophes_find_their_typographic_kin():
    assert spans("près de 7\u202f600\u00a0m2 d’acier", "1\tQTY\t7 600 m2")[0][0] == "7\u202f600\u00a0m2"
    assert spans("la loi d’orientation", "1\tLAW\tloi d'orientation")[0][0] == "loi d’orientation"


def test_whole_lines_are_one_block_and_same_class_neighbours_merge():
    text = "Accueil\n\nMenu\nTitre\n"
    assert spans(text, "1\tNAV", "3-3\tNAV") == [("Accueil\n\nMenu", 0, "NAV")]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("9\tORG\tLyon", "not on this page of 2 lines"),
        ("0\tORG\tLyon", "not on this page"),
        ("2-1\tNAV", "not on this page"),
        ("x\tORG\tLyon", "no line number"),
        ("1\tVILLE\tLyon", "unknown label"),
        ("1\tORG", "needs a surface"),
        ("1-2\tORG\tLyon", "names one line"),
        ("1\tORG\tLyon\t3", "stands 1 times"),
        ("1\tORG\tLyon\tx", "no place number"),
        ("1\tORG\tParis", "does not stand"),
        ("1\tORG\tLyon\n1\tLOC\tLyon", "is taken"),
        ("1 NAV", "1 cells"),
        ("1\tNAV\n1\tORG\tLyon", "is taken"),
        ("1-2\tNAV\n2\tSOCIAL", "shares lines"),
    ],
)
def test_a_row_that_cannot_be_placed_is_an_error_with_its_row(row, message):
    with pytest.raises(lineform.RowError, match=message) as caught:
        lineform.parse("à Lyon même\nfin", HEAD + row)
    assert caught.value.row >= 3


def test_every_bad_row_is_reported():
    _, errors = lineform.parse_all("Lyon", HEAD + "1\tORG\tX\n1\tORG\tLyon\n7\tNAV")
    assert [error.row for error in errors] == [3, 5]
