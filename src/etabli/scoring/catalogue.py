"""The measures, track by track; the first of a track is the one that ranks."""

from __future__ import annotations

from collections.abc import Sequence

from etabli.columns import Floats
from etabli.labels import BOILERPLATE, ENTITIES, TOPICS
from etabli.scoring.measures import F1, Curve, Mean, Measure, Ratio, values

RIJSBERGEN = "van Rijsbergen, Information Retrieval, 1979"
SEBASTIANI = "Yang and Liu, SIGIR 1999"
CONLL = "Tjong Kim Sang and De Meulder, CoNLL 2003"
OURS = "Établi"
SEMEVAL = "Segura-Bedmar, Martínez and Herrero-Zazo, SemEval 2013 task 9"
AUGENSTEIN = "Augenstein, Derczynski and Bontcheva, Computer Speech & Language, 2017"
BEVENDORFF = "Bevendorff, Gupta, Kiesel and Stein, SIGIR 2023"
MANNING = "Manning, Raghavan and Schütze, Introduction to Information Retrieval, 2008, 8.4"
NAEINI = "Naeini, Cooper and Hauskrecht, AAAI 2015"
BRIER = "Brier, Monthly Weather Review, 1950"


def _detail(track: str, label: str, unit: str) -> list[Measure]:
    """Precision, recall and F1 of one label."""
    tp, predicted, expected = (f"{label}.{part}" for part in ("tp", "predicted", "expected"))
    base = f"{track}.{label}"
    return [
        Measure(
            f"{base}.precision",
            f"{label} precision",
            f"share of predicted {unit} that are right",
            RIJSBERGEN,
            Ratio(tp, predicted),
        ),
        Measure(
            f"{base}.recall",
            f"{label} recall",
            f"share of expected {unit} that are found",
            RIJSBERGEN,
            Ratio(tp, expected),
        ),
        Measure(f"{base}.f1", f"{label} F1", f"F1 over {unit}", RIJSBERGEN, F1(tp, predicted, expected)),
    ]


def _topics() -> list[Measure]:
    measures = [
        Measure(
            "topics.macro_f1",
            "macro F1",
            "mean of the F1 of the three topics, each a yes/no label",
            SEBASTIANI,
            Mean(tuple(f"topics.{topic}.f1" for topic in TOPICS)),
            headline=True,
        ),
        Measure(
            "topics.micro_f1",
            "micro F1",
            "F1 over all (page, topic) pairs",
            SEBASTIANI,
            F1("all.tp", "all.predicted", "all.expected"),
            headline=True,
        ),
        Measure(
            "topics.exact_set",
            "exact set",
            "share of pages whose set of topics is exactly right",
            OURS,
            Ratio("set.right", "pages"),
            headline=True,
        ),
        Measure(
            "topics.main_topic",
            "main topic",
            "share of pages whose main topic (four classes) is right",
            OURS,
            Ratio("main.right", "pages"),
            headline=True,
        ),
        Measure(
            "topics.average_precision",
            "average precision",
            "mean over the topics of the average precision of its probabilities",
            MANNING,
            Mean(tuple(f"topics.{topic}.average_precision" for topic in TOPICS)),
            headline=True,
        ),
        Measure(
            "topics.brier",
            "Brier score",
            "mean squared distance of probabilities to the truth, 0 or 1",
            BRIER,
            Ratio("brier", "pages"),
            headline=True,
            lower_is_better=True,
        ),
        Measure(
            "topics.calibration_error",
            "calibration error",
            "expected calibration error over all topics, 10 bins of equal mass",
            NAEINI,
            Curve("calibration_error"),
            headline=True,
            lower_is_better=True,
        ),
    ]
    for number, topic in enumerate(TOPICS):
        measures += _detail("topics", topic, "pages with the topic")
        measures.append(
            Measure(
                f"topics.{topic}.average_precision",
                f"{topic} average precision",
                "precision averaged over gains in recall as the threshold falls",
                MANNING,
                Curve("average_precision", number),
            )
        )
    return measures


def _entities() -> list[Measure]:
    every = ("all.predicted", "all.expected")
    measures = [
        Measure(
            "entities.micro_f1",
            "micro F1",
            "F1 over mentions; start, end and label must match",
            CONLL,
            F1("all.tp", *every),
            headline=True,
        ),
        Measure(
            "entities.micro_precision",
            "precision",
            "share of predicted mentions that are right",
            CONLL,
            Ratio("all.tp", "all.predicted"),
            headline=True,
        ),
        Measure(
            "entities.micro_recall",
            "recall",
            "share of gold mentions that are found",
            CONLL,
            Ratio("all.tp", "all.expected"),
            headline=True,
        ),
        Measure(
            "entities.macro_f1",
            "macro F1",
            "mean of the labels' F1",
            SEBASTIANI,
            Mean(tuple(f"entities.{label}.f1" for label in ENTITIES)),
            headline=True,
        ),
        Measure(
            "entities.span_f1",
            "span only F1",
            "F1 over mentions; start and end must match",
            SEMEVAL,
            F1("span.tp", *every),
            headline=True,
        ),
        Measure(
            "entities.overlap_f1",
            "overlap F1",
            "F1 over mentions; label and a shared character must match, one-to-one, as many as can be",
            SEMEVAL,
            F1("overlap.tp", *every),
            headline=True,
        ),
        Measure(
            "entities.seen_recall",
            "recall, seen",
            "recall of mentions whose surface is a training entity's",
            AUGENSTEIN,
            Ratio("seen.tp", "seen.expected"),
            headline=True,
        ),
        Measure(
            "entities.unseen_recall",
            "recall, unseen",
            "recall of the other mentions",
            AUGENSTEIN,
            Ratio("unseen.tp", "unseen.expected"),
            headline=True,
        ),
        Measure(
            "entities.leak",
            "leak",
            "share of predicted mentions with a character in gold boilerplate",
            OURS,
            Ratio("leaked", "all.predicted"),
            headline=True,
            lower_is_better=True,
        ),
    ]
    return measures + [measure for label in ENTITIES for measure in _detail("entities", label, "mentions")]


def _boilerplate() -> list[Measure]:
    every = ("all.predicted", "all.expected")
    measures = [
        Measure(
            "boilerplate.f1",
            "F1",
            "F1 of boilerplate over characters that are not white space",
            OURS,
            F1("all.tp", *every),
            headline=True,
        ),
        Measure(
            "boilerplate.precision",
            "precision",
            "share of removed characters that are boilerplate",
            OURS,
            Ratio("all.tp", "all.predicted"),
            headline=True,
        ),
        Measure(
            "boilerplate.recall",
            "recall",
            "share of boilerplate characters that are removed",
            OURS,
            Ratio("all.tp", "all.expected"),
            headline=True,
        ),
        Measure(
            "boilerplate.class_f1",
            "F1 with class",
            "the same, and the class must match",
            OURS,
            F1("class.tp", *every),
            headline=True,
        ),
        Measure(
            "boilerplate.article_f1",
            "article-text F1",
            "F1 of the characters kept, page by page, averaged",
            BEVENDORFF,
            Ratio("article.f1", "pages"),
            headline=True,
        ),
        Measure(
            "boilerplate.article_exact",
            "exact pages",
            "share of pages of which exactly the article is kept",
            OURS,
            Ratio("article.exact", "pages"),
            headline=True,
        ),
    ]
    return measures + [m for label in BOILERPLATE for m in _detail("boilerplate", label, "characters")]


RANKING = {"topics": "topics.macro_f1", "entities": "entities.micro_f1", "boilerplate": "boilerplate.f1"}
OVERALL = Measure(
    "overall.mean",
    "overall",
    "mean of the three ranking measures, for systems with all three tracks",
    OURS,
    Mean(tuple(RANKING.values())),
    headline=True,
)
MEASURES = {measure.name: measure for measure in (*_topics(), *_entities(), *_boilerplate(), OVERALL)}


def of_track(track: str) -> list[Measure]:
    """The measures of a track (or `overall`), the ranking measure first."""
    return [measure for measure in MEASURES.values() if measure.track == track]


def available(track: str, columns: Sequence[str], curves: bool) -> list[Measure]:
    """The measures of a track that these columns (and, if `curves`, probabilities) allow, means included."""
    held = {
        m.name
        for m in of_track(track)
        if (isinstance(m.how, Curve) and curves) or (m.columns and set(m.columns) <= set(columns))
    }
    return [m for m in of_track(track) if m.name in held or (isinstance(m.how, Mean) and set(m.how.of) <= held)]


def ranking_values(track: str, columns: Sequence[str], sums: Floats) -> Floats:
    """A track's ranking measure for each row of `sums`."""
    return measure_values(MEASURES[RANKING[track]], columns, sums)


def measure_values(measure: Measure, columns: Sequence[str], sums: Floats) -> Floats:
    """One measure for each row of `sums` (… x columns)."""
    parts = measure.how.of if isinstance(measure.how, Mean) else ()
    return values([*(MEASURES[part] for part in parts), measure], columns, sums)[measure.name]
