"""Tagging: what a page may be, what comes out, and how folders are done."""

import json

import pytest
from typer.testing import CliRunner

from etabli import render, schemas, tagging, training
from etabli.cli import app
from etabli.commands import tag as command
from etabli.documents import Annotation, Span
from etabli.errors import DataError, UsageError
from tests.test_training import SMALL, TEST, TRAIN

PAGE = TEST[0].text


@pytest.fixture(autouse=True)
def fitted(monkeypatch, request):
    """The models of the small corpus instead of the packaged one's."""
    tagger = request.config.cache_tagger = getattr(request.config, "cache_tagger", None) or training.fit_crf(
        TRAIN, SMALL
    )
    monkeypatch.setattr(tagging, "models", lambda: tagger)
    monkeypatch.setattr(tagging, "is_cached", lambda: True)

    class Serial:
        """Runs in this process, where the small models are."""

        def __init__(self, _): ...
        def __enter__(self):
            return self

        def __exit__(self, *_): ...
        def map(self, work, items, chunksize):
            return map(work, items)

    monkeypatch.setattr(command, "ProcessPoolExecutor", Serial)


def run(*args, given=None):
    return CliRunner().invoke(app, ["tag", *map(str, args)], input=given)


def test_a_page_is_cleaned_classified_and_marked(tmp_path):
    page = tagging.tag(PAGE)
    assert page.text == PAGE
    assert page.annotation.boilerplate == TEST[0].gold.boilerplate
    (tmp_path / "p.txt").write_text(PAGE)
    shown = run(tmp_path / "p.txt").output
    assert "Partager" not in shown
    assert "[ORG]" in shown
    assert "Financement" in shown


def test_json_is_a_prediction_line_with_the_text(tmp_path):
    (tmp_path / "p.txt").write_text(PAGE)
    line = json.loads(run(tmp_path / "p.txt", "--json").output)
    assert line.pop("text") == PAGE
    assert line["id"] == "p"
    assert list(schemas.errors("prediction", line)) == []
    from_stdin = json.loads(run("-", "--json", given=PAGE).output)
    assert from_stdin["entities"] == line["entities"]


def test_html_in_and_html_out(tmp_path):
    body = "".join(f"<p>{line}</p>" for line in PAGE.split("\n"))
    (tmp_path / "p.html").write_text(f"<!doctype html><html><body>{body}<script>evil()</script></body></html>")
    line = json.loads(run(tmp_path / "p.html", "--json").output)
    assert line["text"].split("\n") == PAGE.split("\n")
    out = run(tmp_path / "p.html", "--html").output
    assert "<mark" in out
    assert "evil()" not in out


def test_html_escapes_whatever_the_page_holds():
    text = "<script>alert(1)</script> & Voltabri"
    out = render.html_page("<b>", text, Annotation(entities=(Span(28, 36, "ORG"),)), {"financing": 0.5})
    assert "<script>alert" not in out
    assert "&lt;script&gt;" in out
    assert "<title>&lt;b&gt;</title>" in out


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "an empty page"),
        (b"  \n\n ", "an empty page"),
        (b"caf\xe9 de Flore", "not UTF-8 at offset 3"),
        (b"a\x00b", "a NUL character"),
        (b"<html><body></body></html>", "an empty page"),
        (b"x" * (tagging.LIMIT + 1), "at most 8 MiB"),
    ],
)
def test_what_is_no_page_is_refused_clearly(raw, message, tmp_path):
    with pytest.raises(DataError, match=message):
        tagging.read_page(raw, "p")


def test_another_language_is_said():
    english = "The company will open a new factory near Boston in March and hire four hundred people to run it. " * 4
    assert any("not French" in warning for warning in tagging.tag(english).warnings)
    french = "La société ouvrira une nouvelle usine près de Dole en mars et recrutera quatre cents personnes. " * 4
    assert not any("not French" in warning for warning in tagging.tag(french).warnings)


def test_a_page_of_one_megabyte_is_tagged():
    page = tagging.tag("\n".join([PAGE] * (1_000_000 // len(PAGE))))
    assert page.annotation.entities


def test_a_folder_is_tagged_and_resumed(tmp_path):
    folder, out = tmp_path / "pages", tmp_path / "all.jsonl"
    folder.mkdir()
    for i, record in enumerate(TEST[:4]):
        (folder / f"p{i}.txt").write_text(record.text)
    command.tag_folder(folder, out)
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["id"] for line in lines] == ["p0", "p1", "p2", "p3"]
    assert not out.with_name("all.jsonl.partial").exists()
    # Interrupted after two pages, in the middle of the third line.
    partial = out.with_name("all.jsonl.partial")
    kept = out.read_text().splitlines(keepends=True)
    partial.write_text("".join(kept[:2]) + kept[2][:40])
    out.unlink()
    done = []
    original = command._tag_one
    command._tag_one = lambda path: done.append(path) or original(path)
    try:
        command.tag_folder(folder, out)
    finally:
        command._tag_one = original
    assert [path[-6:] for path in done] == ["p2.txt", "p3.txt"]
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == ["p0", "p1", "p2", "p3"]


def test_a_folder_with_a_bad_page_writes_nothing(tmp_path):
    folder, out = tmp_path / "pages", tmp_path / "all.jsonl"
    folder.mkdir()
    (folder / "good.txt").write_text(PAGE)
    (folder / "bad.txt").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(DataError, match=r"bad\.txt"):
        command.tag_folder(folder, out)
    assert not out.exists()


def test_a_folder_without_files_and_a_file_that_is_not_there_are_wrong_calls(tmp_path):
    with pytest.raises(UsageError, match="no files here"):
        command.tag_folder(tmp_path, tmp_path / "out.jsonl")
    with pytest.raises(UsageError, match="cannot be read"):
        tagging.read_file(tmp_path / "x")
