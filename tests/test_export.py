"""Exports, each read back by a reader that is not ours: bioc (brat), spaCy (CoNLL-2003, DocBin), datasets (JSONL)."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from etabli import export, loading, sources
from etabli.cli import app
from etabli.documents import Annotation, Page, Record, Span
from etabli.errors import UsageError
from etabli.export import brat, conll, token_lines
from etabli.tokens import tokenize
from tests.corpus_maker import make_corpus

# Astral characters, a combining accent, doubled and no-break spaces, a tab, a line separator, a blank line in a block.
TEXT = "Menu\n\n🇫🇷 Outils\tA\u2028B\n  L'usine  Voltabri\u00a0: e\u0301te\u0301 2026 \n"
HARD = Annotation(
    ("financing",),
    "financing",
    (
        Span(TEXT.index("Voltabri"), TEXT.index("Voltabri") + 8, "ORG"),
        Span(TEXT.index("e\u0301"), len(TEXT) - 2, "DATE"),
    ),
    (Span(0, TEXT.index("\n  L'usine"), "NAV"),),
)


def record(page_id, text, gold, split="train"):
    page = Page(page_id, text, "t", 0, 1, "2020-01-01", "s", "wire", "energy", "aid", (), (), split, "0.1.0")
    return Record(page, gold)


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    """The tiny corpus, a hard page, and some pages of the release."""
    tiny = sources.read(make_corpus(tmp_path_factory.mktemp("repo"))).records()
    renamed = [replace(r, page=replace(r.page, id=f"etb-8{r.id[5:]}")) for r in tiny]
    return [*renamed, record("etb-09999", TEXT, HARD), *loading.load()[:20].records]


def written(tmp_path, form, records):
    out = tmp_path / form
    export.write(out, export.exporters()[form](records))
    return out


def test_the_hard_page_is_what_it_says():
    assert [TEXT[s.start : s.end] for s in HARD.entities] == ["Voltabri", "e\u0301te\u0301 2026"]


def test_brat_is_read_back_by_bioc(tmp_path, records):
    reader = pytest.importorskip("bioc.brat")
    out = written(tmp_path, "brat", records)
    for held in records:
        stem = out / held.page.split / held.id
        text = stem.with_suffix(".txt").read_bytes().decode()
        assert text == held.text
        with stem.with_suffix(".ann").open(encoding="utf-8") as lines:
            document = reader.load_ann(lines)
        found = []
        for entity in document.entities:
            parts = sorted((part.begin, part.end) for part in entity.locations)
            assert not any("\n" in text[start:end] for start, end in parts)
            assert entity.text == " ".join(text[start:end] for start, end in parts)
            found.append(Span(parts[0][0], parts[-1][1], entity.type))
        assert tuple(found) == held.gold.spans
    table = (out / "documents.tsv").read_text().splitlines()
    assert table[0] == "id\tsplit\ttopics\tmain_topic"
    assert "etb-09999\ttrain\tfinancing\tfinancing" in table


def test_a_block_of_several_lines_is_one_brat_annotation_with_fragments():
    assert brat.fragments("a\n \nbc\nd", Span(0, 8, "NAV")) == [(0, 1), (4, 6), (7, 8)]
    assert brat.standoff("a\n\nbc", (Span(0, 5, "NAV"),)) == "T1\tNAV 0 1;3 5\ta bc\n"


def test_conll_is_read_back_by_spacy(tmp_path, records):
    pytest.importorskip("spacy")
    from spacy.training.converters import conll_ner_to_docs

    out = written(tmp_path, "conll2003", records)
    held = [r for part in export.by_split(records).values() for r in part]
    names = [line.split("\t")[0] for line in (out / "documents.tsv").read_text().splitlines()[1:]]
    assert names == [r.id for r in held]
    docs = []
    for split in export.by_split(records):
        content = (out / f"{split}.conll").read_text(encoding="utf-8")
        docs += conll_ner_to_docs(content, no_print=True)
    assert len(docs) == len(held)
    for doc, page in zip(docs, held, strict=True):
        tokens = tokenize(page.text)
        assert [token.text for token in doc] == [page.text[start:end] for start, end in tokens]
        found = [Span(tokens[e.start][0], tokens[e.end - 1][1], e.label_) for e in doc.ents]
        assert tuple(found) == page.gold.entities


def test_conll_lines_are_sentences_that_never_open_with_an_inside_tag():
    columns = conll.columns(record("x", TEXT, HARD))
    assert columns.startswith("-DOCSTART- -X- O O\n\nMenu -X- B-NAV O\n\n")
    for sentence in columns.strip("\n").split("\n\n"):
        assert not any(tag.startswith("I-") for tag in sentence.split("\n")[0].split(" "))


def test_docbin_is_read_back_by_spacy(tmp_path, records):
    spacy = pytest.importorskip("spacy")
    from spacy.tokens import DocBin

    out = written(tmp_path, "docbin", records)
    by_id = {(r.id, r.text): r for r in records}
    seen = 0
    for path in sorted(out.glob("*.spacy")):
        for doc in DocBin().from_disk(path).get_docs(spacy.blank("fr").vocab):
            page = by_id[doc.user_data["id"], doc.text]
            assert tuple(Span(e.start_char, e.end_char, e.label_) for e in doc.ents) == page.gold.entities
            blocks = tuple(Span(s.start_char, s.end_char, s.label_) for s in doc.spans["boilerplate"])
            assert blocks == page.gold.boilerplate
            assert {topic for topic, held in doc.cats.items() if held} == set(page.gold.topics)
            assert doc.user_data["main_topic"] == page.gold.main_topic
            seen += 1
    assert seen == len(records)


def test_jsonl_is_read_back_by_datasets(tmp_path, records):
    import datasets

    out = written(tmp_path, "jsonl", records)
    for split, part in export.by_split(records).items():
        read = datasets.load_dataset(
            "json", data_files=str(out / f"{split}.jsonl"), split="train", cache_dir=str(tmp_path / "cache")
        )
        for row, page in zip(read, part, strict=True):
            assert (row["id"], row["text"]) == (page.id, page.text)
            assert all(row["text"][t["start"] : t["end"]] == t["text"] for t in row["tokens"])
            spans = tuple(Span(s["start"], s["end"], s["label"]) for s in row["spans"])
            assert spans == page.gold.spans
            for span in row["spans"]:
                assert row["tokens"][span["token_start"]]["start"] == span["start"]
                assert row["tokens"][span["token_end"]]["end"] == span["end"]


def test_white_space_after_a_token_is_said():
    line = token_lines.line(record("x", TEXT, HARD))
    assert [t["text"] for t in line["tokens"] if not t["ws"]] == ["🇫", "L", "'"]
    assert line["tokens"][0] == {"id": 0, "text": "Menu", "start": 0, "end": 4, "ws": True}


def test_the_same_pages_give_the_same_bytes(built, tmp_path):
    pytest.importorskip("spacy")
    code = "from etabli.cli import main; main()"
    for seed in "12":
        args = ["export", "docbin", "--out", tmp_path / seed, "--corpus", built / "corpus"]
        done = subprocess.run(
            [sys.executable, "-c", code, *map(str, args)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    files = [{p.name: p.read_bytes() for p in (tmp_path / seed).iterdir()} for seed in "12"]
    assert set(files[0]) == {"train.spacy", "test.spacy"}
    assert files[0] == files[1]


def test_wrong_calls(built, tmp_path):
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").write_text("x")
    new = str(tmp_path / "new")

    def call(*args):
        return CliRunner().invoke(app, ["export", *map(str, args), "--corpus", str(built / "corpus")])

    for args, message in (
        (["jsonl", "--out", full], "not empty"),
        (["jsonl", "--out", full / "mine.txt" / "x"], "mine.txt"),
        (["jsonl", "--out", new, "--split", "dev"], "no split 'dev'"),
        (["jsonl", "--out", new, "--split", "validation"], "holds no page"),
    ):
        done = call(*args)
        assert isinstance(done.exception, UsageError), args
        assert message in str(done.exception)
    assert call("word", "--out", new).exit_code == 2
    assert not (tmp_path / "new").exists()
    assert call("brat", "--out", new).exit_code == 0
    assert (tmp_path / "new/train/etb-00001.ann").read_text().startswith("T1\tNAV 0 7;8 17\tAccueil Industrie\n")


def test_a_file_that_cannot_be_written_is_a_wrong_call(tmp_path):
    (tmp_path / "f").write_text("x")
    with pytest.raises(UsageError, match="cannot be written"):
        export.write(tmp_path / "f", [("a", b"x")])
