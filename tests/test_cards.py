"""Documents hold generated figures, and nothing typed where a figure should be."""

import re
from pathlib import Path

import pytest

from etabli import cards
from etabli.errors import DataError

REPOSITORY = Path(__file__).parent.parent


def test_every_figure_in_the_documents_is_what_would_be_generated_now():
    assert [str(problem) for problem in cards.check(REPOSITORY)] == []


@pytest.mark.parametrize("name", cards.DOCUMENTS)
def test_scores_stand_only_in_generated_blocks(name):
    text = re.sub(r"<!-- ([a-z-]+) -->.*?<!-- /\1 -->", "", (REPOSITORY / name).read_text(encoding="utf-8"), flags=re.S)
    assert re.findall(r"\b0\.\d{2,}\b", text) == []
    assert re.findall(r"\b\d+ (?:pages|sites|events)\b", text) == []


def test_an_unknown_block_is_refused_with_its_line():
    with pytest.raises(DataError, match=r"card.md:2: card: found block nothing"):
        cards.fill("a\n<!-- nothing -->\n<!-- /nothing -->\n", {"figures": lambda: ""}, "card.md")


def test_filling_is_repeatable():
    text = "<!-- figures -->\nold\n<!-- /figures -->\n"
    once = cards.fill(text, {"figures": lambda: "new"}, "x")
    assert once == "<!-- figures -->\nnew\n<!-- /figures -->\n"
    assert cards.fill(once, {"figures": lambda: "new"}, "x") == once


def test_a_block_in_the_yaml_head_keeps_its_comment_marks():
    text = "---\n# <!-- size -->\n- old\n# <!-- /size -->\ntags: []\n---\n"
    once = cards.fill(text, {"size": lambda: "- n<1K"}, "x")
    assert once == "---\n# <!-- size -->\n- n<1K\n# <!-- /size -->\ntags: []\n---\n"
    assert cards.fill(once, {"size": lambda: "- n<1K"}, "x") == once
