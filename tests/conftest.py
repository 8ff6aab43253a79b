"""Fixtures shared by the tests."""

import pytest

from etabli import release, sources
from tests.corpus_maker import make_corpus


@pytest.fixture
def root(tmp_path):
    """A repository with the tiny corpus."""
    return make_corpus(tmp_path / "repo")


@pytest.fixture
def built(root):
    """The same, built."""
    release.build(sources.read(root), root / "corpus" / "data")
    return root
