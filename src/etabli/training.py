"""Fits the baselines, tunes them on validation and writes their prediction files.

Three systems come out: `floor` (majority topics, no furniture, dates and amounts by pattern), `linear`
(scikit-learn alone; its topics read the page as it is) and `crf` (conditional random fields; its topics
read the article as cleaned by its own boilerplate model). Models are fitted on text cleaned by gold and
predict on text cleaned by the boilerplate model. No function here that fits or tunes accepts a test record.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import product
from typing import Any

from etabli.baselines import floors
from etabli.baselines.boilerplate import CrfBoilerplate, LinearBoilerplate
from etabli.baselines.entities import CrfTagger, ViterbiTagger
from etabli.baselines.topics import TopicTagger, clean
from etabli.columns import layers_of
from etabli.documents import Annotation, Record, Span
from etabli.errors import UsageError
from etabli.scoring.catalogue import ranking_values
from etabli.scoring.counts import reference
from etabli.scoring.tracks import count

Parameters = dict[str, dict[str, Any]]
Prediction = tuple[Annotation, dict[str, float]]
Step = Callable[[str], None]

GRID: dict[str, dict[str, list[Any]]] = {
    "boilerplate_crf": {"c1": [0.03, 0.1, 0.3, 1.0], "c2": [0.03, 0.1, 0.3]},
    "boilerplate_linear": {"c": [0.1, 0.3, 1.0, 3.0]},
    "entities_crf": {"c1": [0.03, 0.1, 0.3], "c2": [0.01, 0.05, 0.2]},
    "entities_viterbi": {"alpha": [1e-7, 1e-6, 1e-5]},
    "topics_clean": {"c": [1.0, 3.0, 10.0], "lead": [1, 2, 3]},
    "topics_raw": {"c": [1.0, 3.0, 10.0], "lead": [1, 2, 3]},
}


def parameters() -> Parameters:
    """The frozen hyperparameters (`baselines/params.json`)."""
    text = resources.files("etabli.baselines").joinpath("params.json").read_text(encoding="utf-8")
    content: Parameters = json.loads(text)
    return content


def _without_test(records: Iterable[Record]) -> list[Record]:
    """The records as a list. Raises `UsageError` if one of them is a test record."""
    held = list(records)
    for record in held:
        if record.page.split == "test":
            raise UsageError(f"{record.id} is a test page: baselines are never fitted or tuned on test")
    return held


def article(record: Record) -> str:
    """The article of a record under its gold furniture."""
    return clean(record.text, record.gold.boilerplate)


@dataclass
class Tagger:
    """Three models that annotate a page: boilerplate first, the others on what it leaves."""

    boilerplate: CrfBoilerplate | LinearBoilerplate
    topics: TopicTagger
    entities: CrfTagger | ViterbiTagger
    reads_page: bool = False

    def annotate(self, texts: Sequence[str]) -> list[Prediction]:
        """Annotation and topic probabilities of each page text."""
        furniture = [self.boilerplate.predict(text) for text in texts]
        articles = [
            text if self.reads_page else clean(text, spans) for text, spans in zip(texts, furniture, strict=True)
        ]
        told = self.topics.predict(articles)
        return [
            (Annotation(topics, main, self.entities.predict(text, spans), spans), scores)
            for text, spans, (topics, main, scores) in zip(texts, furniture, told, strict=True)
        ]


def fit_crf(train: Sequence[Record], chosen: Parameters | None = None, step: Step = lambda _: None) -> Tagger:
    """The `crf` system. `train` must hold no test record."""
    held = _without_test(train)
    chosen = chosen or parameters()
    step("boilerplate (CRF)")
    boilerplate = CrfBoilerplate(**chosen["boilerplate_crf"]).fit(held)
    step("topics (cleaned article)")
    topics = TopicTagger(**chosen["topics_clean"]).fit([article(r) for r in held], [r.gold for r in held])
    step("entities (CRF)")
    entities = CrfTagger(**chosen["entities_crf"]).fit(held)
    return Tagger(boilerplate, topics, entities)


def fit_linear(train: Sequence[Record], chosen: Parameters | None = None, step: Step = lambda _: None) -> Tagger:
    """The `linear` system. `train` must hold no test record."""
    held = _without_test(train)
    chosen = chosen or parameters()
    step("boilerplate (linear)")
    boilerplate = LinearBoilerplate(**chosen["boilerplate_linear"]).fit(held)
    step("topics (page as it is)")
    topics = TopicTagger(**chosen["topics_raw"]).fit([r.text for r in held], [r.gold for r in held])
    step("entities (Viterbi)")
    entities = ViterbiTagger(**chosen["entities_viterbi"]).fit(held)
    return Tagger(boilerplate, topics, entities, reads_page=True)


def floor(train: Sequence[Record]) -> Callable[[Sequence[str]], list[Prediction]]:
    """The `floor` system as a function from texts to predictions."""
    majority = floors.Majority().fit([record.gold for record in _without_test(train)])
    topics, main, scores = majority.predict()
    return lambda texts: [(Annotation(topics, main, floors.rules(t), floors.keep_all()), scores) for t in texts]


def lines(ids: Sequence[str], told: Sequence[Prediction]) -> Iterator[dict[str, Any]]:
    """Prediction lines (schema/prediction.json) of annotated pages."""
    for page_id, (annotation, scores) in zip(ids, told, strict=True):
        yield prediction(page_id, annotation, scores)


def prediction(page_id: str, annotation: Annotation, scores: dict[str, float]) -> dict[str, Any]:
    """One prediction line."""
    return {
        "id": page_id,
        "topics": list(annotation.topics),
        "topic_scores": scores,
        "main_topic": annotation.main_topic,
        "entities": _spans(annotation.entities),
        "boilerplate": _spans(annotation.boilerplate),
    }


def _spans(spans: Sequence[Span]) -> list[dict[str, Any]]:
    return [span._asdict() for span in spans]


def judge(track: str, gold: Sequence[Record], told: Sequence[Annotation]) -> float:
    """The ranking measure of a track, of annotations against the gold of records."""
    against = reference(list(gold), [], "", "", gold[0].page.split)
    counts = count(track, against, layers_of(told))
    return float(ranking_values(track, counts.columns, counts.values.sum(axis=0)))


def tune(train: Sequence[Record], validation: Sequence[Record], step: Step = lambda _: None) -> Parameters:
    """Hyperparameters that do best on validation, by grid, one model at a time.

    Each is judged by its track's ranking measure; entities and topics on text cleaned as at prediction time.
    Neither argument may hold a test record.
    """
    train, validation = _without_test(train), _without_test(validation)
    chosen = parameters()
    texts = [record.text for record in validation]

    def search(name: str, track: str, annotate: Callable[[dict[str, Any]], list[Annotation]]) -> None:
        best = -1.0
        grid = GRID[name]
        for values in product(*grid.values()):
            trial = chosen[name] | dict(zip(grid, values, strict=True))
            score = judge(track, validation, annotate(trial))
            step(f"{name} {trial}: {score:.4f}")
            if score > best:
                best, found = score, trial
        chosen[name] = found

    def furniture(
        kind: type[CrfBoilerplate] | type[LinearBoilerplate],
    ) -> Callable[[dict[str, Any]], list[Annotation]]:
        def run(trial: dict[str, Any]) -> list[Annotation]:
            model = kind(**trial).fit(train)
            return [Annotation(boilerplate=model.predict(text)) for text in texts]

        return run

    search("boilerplate_crf", "boilerplate", furniture(CrfBoilerplate))
    search("boilerplate_linear", "boilerplate", furniture(LinearBoilerplate))
    models = (
        CrfBoilerplate(**chosen["boilerplate_crf"]).fit(train),
        LinearBoilerplate(**chosen["boilerplate_linear"]).fit(train),
    )
    cuts = [[model.predict(text) for text in texts] for model in models]

    def topics(raw: bool) -> Callable[[dict[str, Any]], list[Annotation]]:
        told = [record.gold for record in train]
        seen = [record.text if raw else article(record) for record in train]
        asked = texts if raw else [clean(t, cut) for t, cut in zip(texts, cuts[0], strict=True)]
        return lambda trial: [Annotation(t, main) for t, main, _ in TopicTagger(**trial).fit(seen, told).predict(asked)]

    search("topics_clean", "topics", topics(raw=False))
    search("topics_raw", "topics", topics(raw=True))

    def entities(
        kind: type[CrfTagger] | type[ViterbiTagger], which: int
    ) -> Callable[[dict[str, Any]], list[Annotation]]:
        def run(trial: dict[str, Any]) -> list[Annotation]:
            model = kind(**trial).fit(train)
            return [Annotation(entities=model.predict(t, cut)) for t, cut in zip(texts, cuts[which], strict=True)]

        return run

    search("entities_crf", "entities", entities(CrfTagger, 0))
    search("entities_viterbi", "entities", entities(ViterbiTagger, 1))
    return chosen
