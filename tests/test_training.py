"""Baselines: what they are handed, what they give, and that they come back from disk."""

import random

import pytest
import skops.io

from etabli import schemas, tagging, training
from etabli.baselines import boilerplate, floors
from etabli.baselines.entities import CrfTagger, ViterbiTagger
from etabli.baselines.topics import Terms, TopicTagger, clean, stems
from etabli.documents import Annotation, Page, Record, Span, overlaps
from etabli.errors import UsageError

FIRMS = ["Voltabri", "Batrion", "Armorgel", "Ferrolac", "Hydrolande", "Calorix"]
CITIES = ["Dole", "Vesoul", "Brest", "Limoges", "Nantes", "Reims"]


def page(number: int, split: str) -> Record:
    """A page with a menu, two sentences and a share button; topics follow its words."""
    rng = random.Random(number)
    firm, city, sum_ = rng.choice(FIRMS), rng.choice(CITIES), rng.randint(2, 90)
    title, topic = [
        (f"{firm} lève {sum_} millions d'euros", "financing"),
        (f"{firm} ouvre une usine à {city}", "industrialization"),
        (f"Une amende requise contre {firm}", "regulatory"),
    ][number % 3]
    body = f"Le groupe {firm} prépare l'avenir de son site, selon la direction qui a présenté le projet à {city} jeudi."
    text = f"Accueil\nIndustrie\n{title}\n{body}\nPartager\nCommenter"
    article = text.index(title), text.index(body) + len(body)
    spans = []
    for name, label in ((firm, "ORG"), (city, "LOC"), (f"{sum_} millions d'euros", "MONEY"), ("jeudi", "DATE")):
        at = text.find(name)
        while at != -1:
            spans.append(Span(at, at + len(name), label))
            at = text.find(name, at + 1)
    gold = Annotation((topic,), topic, tuple(sorted(spans)),
                      (Span(0, article[0] - 1, "NAV"), Span(article[1] + 1, len(text), "SOCIAL")))  # fmt: skip
    return Record(
        Page(f"etb-{number:05d}", text, title, text.index(title), text.index(title) + len(title), "2020-01-01", "s",
             "agency", "metals", "funding", (firm,), (f"e{number}",), split, "0.1.0"), gold)  # fmt: skip


TRAIN = [page(n, "train") for n in range(40)]
VALIDATION = [page(n, "validation") for n in range(40, 48)]
TEST = [page(n, "test") for n in range(48, 60)]
SMALL = {name: dict(values, floor=1) if "floor" in values else values for name, values in training.parameters().items()}


@pytest.fixture(scope="module")
def tagger():
    return training.fit_crf(TRAIN, SMALL)


def test_no_code_that_fits_or_tunes_accepts_a_test_record():
    for call in (
        lambda: training.fit_crf([*TRAIN, TEST[0]]),
        lambda: training.fit_linear([*TRAIN, TEST[0]]),
        lambda: training.floor([TEST[0]]),
        lambda: training.tune(TRAIN, [*VALIDATION, TEST[0]]),
        lambda: training.tune([*TRAIN, TEST[0]], VALIDATION),
    ):
        with pytest.raises(UsageError, match="is a test page"):
            call()


def test_the_bench_hands_train_records_and_bare_texts_only(monkeypatch):
    from etabli import bench
    from etabli.loading import Corpus

    seen = []

    class Spy:
        def annotate(self, texts):
            assert all(isinstance(text, str) for text in texts)
            return [(Annotation(), {})] * len(texts)

    def fit(records, *args, **kwargs):
        seen.extend(records)
        return Spy()

    monkeypatch.setattr(training, "fit_crf", fit)
    monkeypatch.setattr(training, "fit_linear", fit)
    corpus = Corpus((*TRAIN, *VALIDATION, *TEST), "0", "0")
    bench.systems(corpus, lambda _: None)["crf"]([r.text for r in TEST])
    assert {record.page.split for record in seen} == {"train"}


def test_the_crf_system_learns_an_easy_corpus(tagger):
    told = tagger.annotate([record.text for record in TEST])
    for record, (annotation, scores) in zip(TEST, told, strict=True):
        assert annotation.topics == record.gold.topics
        assert annotation.boilerplate == record.gold.boilerplate
        assert set(scores) == {"industrialization", "financing", "regulatory"}
        assert all(0 <= score <= 1 for score in scores.values())
    right = sum(len(set(a.entities) & set(r.gold.entities)) for r, (a, _) in zip(TEST, told, strict=True))
    assert right >= 0.9 * sum(len(record.gold.entities) for record in TEST)


def test_predictions_fit_the_schema_and_mark_nothing_in_furniture(tagger):
    texts = [record.text for record in TEST] + ["", "\n\n", "x" * 500, "Réagir 🏭 ⟦", "A\u2028b\r\nc"]
    for system in (tagger, training.fit_linear(TRAIN, SMALL)):
        for line, text in zip(
            training.lines([f"p{i}" for i in range(len(texts))], system.annotate(texts)), texts, strict=True
        ):
            assert list(schemas.errors("prediction", line)) == []
            spans = [Span(**s) for s in [*line["entities"], *line["boilerplate"]]]
            assert overlaps(spans) == []
            assert all(text[s.start : s.end].strip() for s in spans)


def test_models_come_back_from_skops_with_the_trusted_types_alone(tagger, tmp_path):
    skops.io.dump(tagger, tmp_path / "m.skops")
    assert set(skops.io.get_untrusted_types(file=tmp_path / "m.skops")) <= set(tagging.TRUSTED)
    back = skops.io.load(tmp_path / "m.skops", trusted=list(tagging.TRUSTED))
    texts = [record.text for record in TEST]
    assert back.annotate(texts) == tagger.annotate(texts)


def test_fitting_twice_gives_the_same_predictions(tagger):
    texts = [record.text for record in TEST]
    assert training.fit_crf(TRAIN, SMALL).annotate(texts) == tagger.annotate(texts)


def test_viterbi_never_continues_what_did_not_begin():
    model = ViterbiTagger(**SMALL["entities_viterbi"]).fit(TRAIN)
    order = list(model.model.classes_)
    for tag in order:
        if tag.startswith("I-"):
            assert model.starts[order.index(tag)] == float("-inf")
            for before in order:
                if before not in (tag, f"B-{tag[2:]}"):
                    assert model.transitions[order.index(before), order.index(tag)] == float("-inf")
    found = model.predict(TEST[0].text, TEST[0].gold.boilerplate)
    assert set(found) & set(TEST[0].gold.entities)


def test_tuning_returns_values_of_its_grid(monkeypatch):
    grid = {name: {key: values[:1] for key, values in options.items()} for name, options in training.GRID.items()}
    monkeypatch.setattr(training, "GRID", grid)
    chosen = training.tune(TRAIN, VALIDATION)
    for name, options in grid.items():
        for key, values in options.items():
            assert chosen[name][key] == values[0]


def test_segments_cut_glued_furniture_and_cover_the_page():
    text = (
        "La mise en production.Réagir\n0Commentaire\n"
        "Paris, 3 mai (Ponant) - Le groupe recrute. ap/lmn\n\nUne ligne longue"
    )
    parts = [text[start:end] for start, end in boilerplate.segments(text)]
    assert {"Réagir", "0", "Commentaire", "ap/lmn"} <= set(parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_training_variants_keep_their_marks_where_they_belong():
    from etabli.baselines import augment

    made = augment.variants(TRAIN)
    assert made[: len(TRAIN)] == TRAIN
    for record in made:
        for start, end, label in record.gold.boilerplate:
            surface = record.text[start:end]
            assert surface == {"NAV": "Accueil\nIndustrie", "SOCIAL": "Partager\nCommenter"}[label]
    assert any(not record.gold.boilerplate for record in made)
    swapped = augment.renamed(TRAIN)[len(TRAIN) :]
    assert any(record.text != old.text for record, old in zip(swapped, TRAIN, strict=True))
    for record, old in zip(swapped, TRAIN, strict=True):
        assert [span.label for span in record.gold.spans] == [span.label for span in old.gold.spans]
        for span, before in zip(record.gold.entities, old.gold.entities, strict=True):
            if span.label != "LOC":
                assert record.text[span.start : span.end] == old.text[before.start : before.end]
            assert record.text[span.start : span.end].strip()


def test_cleaning_keeps_the_article_alone():
    record = TEST[0]
    assert clean(record.text, record.gold.boilerplate).split("\n")[0] == record.page.title
    assert "Partager" not in clean(record.text, record.gold.boilerplate)


def test_floors():
    majority = floors.Majority().fit([r.gold for r in TRAIN])
    assert majority.predict()[0] in (("financing",), ("industrialization",), ("regulatory",))
    assert floors.keep_all() == ()
    text = "Le 12 mars 2024, 3,2 millions d'euros puis 62 M€ fin 2026 ; jeudi, mi-avril."
    assert [text[s.start : s.end] for s in floors.rules(text)] == [
        "12 mars 2024", "3,2 millions d'euros", "62 M€", "fin 2026", "jeudi", "mi-avril",
    ]  # fmt: skip


def test_entities_see_the_article_only():
    model = CrfTagger(**SMALL["entities_crf"]).fit(TRAIN)
    text = TEST[0].text
    whole = (Span(0, len(text), "NAV"),)
    assert model.predict(text, whole) == ()


def test_topics_of_nothing():
    model = TopicTagger(**SMALL["topics_clean"]).fit([training.article(r) for r in TRAIN], [r.gold for r in TRAIN])
    assert model.predict([]) == []
    ((topics, main, scores),) = model.predict([""])
    assert main == "other" or main in topics
    assert len(scores) == 3


def test_words_of_one_family_meet_and_those_of_the_lead_count_more():
    assert stems("Les usines industrielles, l'Usine 4 de l'industrie") == ["usine", "indust", "usine", "0", "indust"]
    assert set(stems("L'État aux États-Unis")) == {"etat", "etats-"}
    assert Terms(lead=2)("Usine\nneuve\nà Pau\nPermis") == ["usine", "neuve", "pau", "usine", "neuve", "pau", "permi"]
