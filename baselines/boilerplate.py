"""Boilerplate: a sequence of segments labelled with the article or a class of furniture.

A segment is a line, or a piece of one: a line is cut where a sentence ends and where something seems
glued (« productionRéagir », « 0Commentaire », « marché.Lire aussi »). Each segment is described by its
shape, its words and its neighbourhood. `CrfBoilerplate` labels the page's segments together, so that a
block of furniture carries itself; `LinearBoilerplate` is plain scikit-learn and labels each alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import sklearn_crfsuite
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from etabli.baselines.augment import variants
from etabli.baselines.gazetteers import FUNCTION_WORDS, months
from etabli.documents import Record, Span, merge_blocks
from etabli.lines import ARTICLE, LINE_CLASSES, line_spans

_CUT = re.compile(
    r"(?<=[.!?…»\"”])\s+(?=[A-ZÀ-Ý«\"“\[(0-9])"  # a sentence ends
    r"|(?<=[^\W\d_A-ZÀ-Ý])(?=[A-ZÀ-Ý][a-zà-ÿ])"  # lower case against a capital
    r"|(?<=[.!?…»)\]])(?=[A-ZÀ-Ýa-zà-ÿ0-9©])(?<![0-9].)"  # a letter right after a full stop
    r"|(?<=[0-9])(?=[A-ZÀ-Ý][a-zà-ÿ])"  # « 0Commentaire »
    r"|(?<=\S)\s*(?=\[(?:…|\.\.\.)\])"  # « [...] »
    r"|(?<=\) [-–—])\s+"  # a dateline
    r"|(?<=[.!?…»\"”])\s+(?=\w+/\w+)"  # agency initials
    r"|(?<=[^\W\d_A-ZÀ-Ý][.!?…»\"”])\s+(?=[A-ZÀ-Ý][a-zà-ÿ]+$)"  # a button at the end of a line
    r"|\s+(?=[|›»>•·] )|(?<= [|›>•·])\s+"  # items on one line
)
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d")
_LONG = 12  # words from which a segment with an end mark reads as prose


def segments(text: str) -> list[tuple[int, int]]:
    """Half-open offsets of the segments of `text`, in order; white space around them belongs to none."""
    out = []
    for start, end in line_spans(text):
        line = text[start:end]
        cuts = [
            0,
            *sorted({m.start() for m in _CUT.finditer(line)} | {m.end() for m in _CUT.finditer(line)}),
            len(line),
        ]
        for first, last in pairwise(cuts):
            piece = line[first:last]
            if piece.strip():
                lead = len(piece) - len(piece.lstrip())
                out.append((start + first + lead, start + first + len(piece.rstrip())))
    return out


def labels(parts: Sequence[tuple[int, int]], furniture: Sequence[Span], text: str) -> list[str]:
    """The class of each segment, by the majority of its non-space characters."""
    owner = [ARTICLE] * len(text)
    for start, end, label in furniture:
        owner[start:end] = [label] * (end - start)
    out = []
    for start, end in parts:
        counts = Counter(owner[i] for i in range(start, end) if not text[i].isspace())
        out.append(max(LINE_CLASSES, key=lambda name: counts[name]))
    return out


def _bucket(value: float, edges: Sequence[float]) -> str:
    return str(sum(value >= edge for edge in edges))


def _describe(text: str, start: int, end: int) -> dict[str, Any]:
    """What a segment looks like on its own."""
    piece = text[start:end]
    words = [word.casefold() for word in _WORD.findall(piece)]
    count = len(words)
    solid = sum(not char.isspace() for char in piece)
    digits = sum(char.isdigit() for char in piece)
    upper = sum(char.isupper() for char in piece)
    grammar = sum(word in FUNCTION_WORDS for word in words)
    ended = piece[-1] in '.!?…»"”'
    features = {
        "words": _bucket(count, (1, 2, 3, 4, 6, 9, 12, 18, 30)),
        "ends": piece[-1] if not piece[-1].isalnum() else ("digit" if piece[-1].isdigit() else "letter"),
        "starts": "upper"
        if piece[0].isupper()
        else "digit"
        if piece[0].isdigit()
        else "lower"
        if piece[0].isalpha()
        else piece[0],
        "digits": _bucket(digits / solid, (0.01, 0.1, 0.25, 0.5, 0.9)),
        "upper": _bucket(upper / solid, (0.01, 0.06, 0.15, 0.4, 0.8)),
        "grammar": _bucket(grammar / count if count else 0, (0.01, 0.15, 0.25, 0.35, 0.5)),
        "prose": count >= _LONG and ended,
        "month": any(word in months() for word in words),
    }
    features |= {f"has {mark}": True for mark in "©@%€|>›:?!/+°#" if mark in piece}
    for word in words[:2]:
        features[f"first {word[:7]}"] = True
    for word in set(words if count <= _LONG else ()):
        features[f"word {word[:7]}"] = True
    if count <= 4:
        features["all " + " ".join(word[:7] for word in words)] = True
    features[
        "shape "
        + re.sub(
            r"(.)\1+",
            r"\1",
            "".join("9" if c.isdigit() else "A" if c.isupper() else "a" if c.isalpha() else c for c in piece[:24]),
        )
    ] = True
    return features


def describe(text: str) -> tuple[list[tuple[int, int]], list[dict[str, Any]]]:
    """Segments of a page and the features of each, with those of its neighbours and its place."""
    parts = segments(text)
    own = [_describe(text, start, end) for start, end in parts]
    prose = [feature["prose"] for feature in own]
    flat = [i for i, yes in enumerate(prose) if yes]
    times = Counter(text[start:end] for start, end in parts)
    out = []
    for i, (start, end) in enumerate(parts):
        features = dict(own[i])
        before = text[parts[i - 1][1] : start] if i else "\n\n"
        after = text[end : parts[i + 1][0]] if i + 1 < len(parts) else "\n\n"
        features["gap before"] = _gap(before)
        features["gap after"] = _gap(after)
        features["gaps"] = _gap(before) + _gap(after)
        features["twice"] = times[text[start:end]] > 1
        features["prose near"] = _bucket(sum(prose[max(0, i - 4) : i + 5]), (1, 2, 4, 6))
        features["prose next"] = any(prose[i + 1 : i + 3])
        features["prose last"] = any(prose[max(0, i - 2) : i])
        if flat:
            features["side"] = "before" if i < flat[0] else "after" if i > flat[-1] else "inside"
            nearest = min(abs(i - j) for j in flat)
            features["from prose"] = _bucket(nearest, (1, 2, 3, 5, 10, 20))
        for offset, name in ((-2, "2 before"), (-1, "1 before"), (1, "1 after"), (2, "2 after")):
            j = i + offset
            if 0 <= j < len(parts):
                for key in ("words", "ends", "grammar", "digits", "prose"):
                    features[f"{name} {key}"] = str(own[j][key])
                if abs(offset) == 1:
                    features |= {f"{name} {key}": True for key in own[j] if key.startswith(("word ", "has ", "all "))}
            else:
                features[name] = "none"
        out.append({key: (value if isinstance(value, str | bool) else str(value)) for key, value in features.items()})
    return parts, out


def _gap(between: str) -> str:
    if "\n\n" in between:
        return "blank"
    return "line" if "\n" in between else "space" if between else "glued"


def _spans(text: str, parts: Sequence[tuple[int, int]], told: Sequence[str]) -> tuple[Span, ...]:
    marked = [Span(s, e, str(label)) for (s, e), label in zip(parts, told, strict=True) if label != ARTICLE]
    return merge_blocks(text, marked)


def _training(records: Sequence[Record]) -> tuple[list[list[dict[str, Any]]], list[list[str]]]:
    held, told = [], []
    for record in variants(records):
        parts, features = describe(record.text)
        held.append(features)
        told.append(labels(parts, record.gold.boilerplate, record.text))
    return held, told


class CrfBoilerplate:
    """A linear-chain CRF over the page's segments. Deterministic given its training records and parameters."""

    def __init__(self, c1: float = 0.1, c2: float = 0.1, iterations: int = 80, floor: int = 2) -> None:
        self.model = sklearn_crfsuite.CRF(
            algorithm="lbfgs",
            c1=c1,
            c2=c2,
            max_iterations=iterations,
            min_freq=floor,
            all_possible_transitions=True,
        )

    def fit(self, records: Sequence[Record]) -> CrfBoilerplate:
        """Fit on the gold furniture of `records`."""
        self.model.fit(*_training(records))
        return self

    def predict(self, text: str) -> tuple[Span, ...]:
        """Furniture spans of a page: sorted, not overlapping, without white space at their ends."""
        parts, features = describe(text)
        return _spans(text, parts, self.model.predict_single(features)) if parts else ()


class LinearBoilerplate:
    """Logistic regression a segment, with the same features (its neighbourhood among them) and no sequence."""

    def __init__(self, c: float = 1.0) -> None:
        self.model = Pipeline([("features", DictVectorizer()), ("classifier", LogisticRegression(C=c, max_iter=300))])

    def fit(self, records: Sequence[Record]) -> LinearBoilerplate:
        """Fit on the gold furniture of `records`."""
        held, told = _training(records)
        self.model.fit([f for page in held for f in page], [t for page in told for t in page])
        return self

    def predict(self, text: str) -> tuple[Span, ...]:
        """Furniture spans of a page: sorted, not overlapping, without white space at their ends."""
        parts, features = describe(text)
        return _spans(text, parts, self.model.predict(features)) if parts else ()
