"""The inline form: both ways, on any Unicode, and what it refuses."""

import pytest
from hypothesis import given

from etabli import marked
from etabli.documents import Annotation, Span
from tests.strategies import annotated

HEAD = "topics:\nmain_topic: other\n---\n"


@given(annotated())
def test_marked_text_to_page_and_spans_and_back_is_the_identity(case):
    text, annotation = case
    written = marked.render(text, annotation)
    assert marked.parse(written) == (text, annotation)
    assert marked.render(*marked.parse(written)) == written


def test_example_of_the_specification():
    written = (
        "topics: industrialization\nmain_topic: industrialization\n---\n"
        "⟦ORG|Voltabri⟧ ouvrira ⟦DATE|fin 2026⟧ à ⟦LOC|Dole⟧.\n⟦RELATED|À lire aussi\nLe titre⟧"
    )
    text, annotation = marked.parse(written)
    assert text == "Voltabri ouvrira fin 2026 à Dole.\nÀ lire aussi\nLe titre"
    assert [text[s.start : s.end] for s in annotation.entities] == ["Voltabri", "fin 2026", "Dole"]
    assert annotation.boilerplate == (Span(34, 55, "RELATED"),)
    assert annotation.topics == ("industrialization",)


@pytest.mark.parametrize(
    ("body", "message", "line"),
    [
        ("a ⟦ORG|b ⟦LOC|c⟧⟧", "inside a span of ORG", 4),
        ("a\n⟧", "closes nothing", 5),
        ("a\n\n⟦ORG|b", "never closed", 6),
        ("⟦XYZ|b⟧", "known label", 4),
        ("⟦b⟧", "known label", 4),
        ("⟦ORG|⟧", "empty ORG", 4),
    ],
)
def test_wrong_brackets_are_refused_with_their_line(body, message, line):
    with pytest.raises(marked.MarkedError, match=message) as caught:
        marked.parse(HEAD + body)
    assert caught.value.line == line


@pytest.mark.parametrize(
    "head",
    [
        "no header at all",
        "topics:\n---\n",
        "topics: steel\nmain_topic: other\n---\n",
        "topics:\nmain_topic: steel\n---\n",
        "topics:\ntopics:\nmain_topic: other\n---\n",
        "subject: x\ntopics:\nmain_topic: other\n---\n",
    ],
)
def test_wrong_headers_are_refused(head):
    with pytest.raises(marked.MarkedError):
        marked.parse(head + "text")


def test_rendering_refuses_what_it_could_not_read_back():
    with pytest.raises(marked.MarkedError, match="may not contain"):
        marked.render("a ⟦ b", Annotation())
    for span in (Span(0, 9, "ORG"), Span(1, 1, "ORG"), Span(-1, 2, "ORG")):
        with pytest.raises(marked.MarkedError, match="overlaps, is empty or leaves"):
            marked.render("abc", Annotation(entities=(span,)))
