"""Entities: token classifiers over the cleaned article, in two forms with the same features.

`CrfTagger` is a linear-chain CRF (Lafferty et al. 2001) through sklearn-crfsuite. `ViterbiTagger` is
plain scikit-learn: logistic regression a token, decoded by Viterbi over smoothed transition counts, so
that an `I-` follows only its own kind. Both see the article only: furniture is cut out first, and a
sequence never runs over a cut or a line's end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import sklearn_crfsuite
from numpy.typing import NDArray
from sklearn.feature_extraction import FeatureHasher
from sklearn.linear_model import SGDClassifier

from etabli.baselines import gazetteers
from etabli.baselines.augment import renamed
from etabli.documents import Record, Span, without
from etabli.tokens import from_iob2, to_iob2, tokenize

Features = dict[str, Any]
_ELISIONS = "'’"
_LONGEST_NAME = 4  # words of a gazetteer entry, parts of compound names counted


def sequences(text: str, furniture: Sequence[Span]) -> Iterator[list[tuple[int, int]]]:
    """Tokens of the article under `furniture`, a list a line (offsets in the page)."""
    for start, end in without(text, furniture):
        position = start
        for line in text[start:end].split("\n"):
            tokens = [(position + a, position + b) for a, b in tokenize(line)]
            if tokens:
                yield tokens
            position += len(line) + 1


def _shape(word: str) -> str:
    kinds = "".join("X" if c.isupper() else "x" if c.isalpha() else "9" if c.isdigit() else c for c in word)
    out = ""
    for kind in kinds:
        if len(out) < 2 or out[-1] != kind or out[-2] != kind:
            out += kind
    return out[:8]


def _listed(text: str, tokens: Sequence[tuple[int, int]]) -> list[set[str]]:
    """For each token, the gazetteers that hold a name that covers it (longest first)."""
    lists = {
        "city": gazetteers.cities(),
        "territory": gazetteers.territories(),
        "first": gazetteers.first_names(),
    }
    found: list[set[str]] = [set() for _ in tokens]
    for i, (start, _) in enumerate(tokens):
        if not text[start].isupper():
            continue
        for size in range(min(2 * _LONGEST_NAME - 1, len(tokens) - i), 0, -1):
            name = text[start : tokens[i + size - 1][1]].casefold().replace("’", "'")
            hits = [kind for kind, names in lists.items() if name in names]
            if hits:
                for j in range(i, i + size):
                    found[j].update(hits)
                break
    return found


def _own(word: str) -> Features:
    low = word.casefold()
    features: Features = {
        "word": low,
        "shape": _shape(word),
        "p2": low[:2],
        "p3": low[:3],
        "s2": low[-2:],
        "s3": low[-3:],
        "s4": low[-4:],
        "size": str(min(len(word), 8)),
    }
    if word.isdigit():
        features["word"] = "0" * min(len(word), 5)
        features["year"] = len(word) == 4 and word[:2] in ("19", "20")
        features["p2"] = features["p3"] = features["s2"] = features["s3"] = features["s4"] = "9"
    if low in gazetteers.months():
        features["month"] = True
    if low in gazetteers.currencies():
        features["currency"] = True
    if low in gazetteers.FUNCTION_WORDS:
        features["grammar"] = True
    return features


def page_words(text: str, lines: Sequence[Sequence[tuple[int, int]]]) -> dict[str, Counter[str]]:
    """How each word of an article stands in it: lower case, or capitalised within a sentence."""
    seen: dict[str, Counter[str]] = {}
    for tokens in lines:
        for i, (start, end) in enumerate(tokens):
            word = text[start:end]
            inside = i > 0 and text[tokens[i - 1][0]] not in '.!?…«"“:'
            kind = "lower" if word.islower() else "inside" if inside and word[0].isupper() else "edge"
            seen.setdefault(word.casefold(), Counter())[kind] += 1
    return seen


def describe(text: str, tokens: Sequence[tuple[int, int]], seen: dict[str, Counter[str]]) -> list[Features]:
    """Features of the tokens of one line, with those of the neighbours and of the whole article."""
    words = [text[start:end] for start, end in tokens]
    own = [_own(word) for word in words]
    listed = _listed(text, tokens)
    ends_line = words[-1] in ".!?…»"
    out = []
    for i, word in enumerate(words):
        features = dict(own[i])
        for kind in listed[i]:
            features[f"in {kind}"] = True
        times = seen[word.casefold()]
        if word[0].isupper():
            features["also lower"] = times["lower"] > 0
            features["also inside"] = times["inside"] > 0
            features["again"] = times["inside"] + times["edge"] > 1
        features["first"] = i == 0 or words[i - 1] in ".!?…"
        features["prose"] = ends_line
        features["glued"] = i > 0 and tokens[i - 1][1] == tokens[i][0]
        for offset in (-3, -2, -1, 1, 2, 3):
            j = i + offset
            if not 0 <= j < len(words):
                if abs(offset) == 1:
                    features[f"{offset} edge"] = True
                continue
            near = own[j]
            features[f"{offset} word"] = near["word"]
            if abs(offset) < 3:
                features[f"{offset} shape"] = near["shape"]
            if abs(offset) == 1:
                features[f"{offset} s3"] = near["s3"]
                for kind in listed[j]:
                    features[f"{offset} in {kind}"] = True
            for key in ("month", "currency", "year"):
                if near.get(key):
                    features[f"{offset} {key}"] = True
        if i > 0:
            features["pair before"] = f"{own[i - 1]['word']} {own[i]['shape']}"
            if i > 1 and words[i - 1] in _ELISIONS:
                features["through elision"] = own[i - 2]["word"]
        if i + 1 < len(words):
            features["pair after"] = f"{own[i]['shape']} {own[i + 1]['word']}"
        out.append({key: value if isinstance(value, str | bool) else str(value) for key, value in features.items()})
    return out


def _prepare(text: str, furniture: Sequence[Span]) -> tuple[list[list[tuple[int, int]]], list[list[Features]]]:
    lines = list(sequences(text, furniture))
    seen = page_words(text, lines)
    return lines, [describe(text, tokens, seen) for tokens in lines]


def _training(records: Sequence[Record]) -> tuple[list[list[Features]], list[list[str]]]:
    held: list[list[Features]] = []
    told: list[list[str]] = []
    for record in renamed(records):
        lines, features = _prepare(record.text, record.gold.boilerplate)
        held += features
        told += [to_iob2(tokens, record.gold.entities) for tokens in lines]
    return held, told


class CrfTagger:
    """The CRF. Deterministic given its training records and parameters."""

    def __init__(self, c1: float = 0.1, c2: float = 0.05, iterations: int = 100, floor: int = 1) -> None:
        self.model = sklearn_crfsuite.CRF(
            algorithm="lbfgs",
            c1=c1,
            c2=c2,
            max_iterations=iterations,
            min_freq=floor,
            all_possible_transitions=True,
        )

    def fit(self, records: Sequence[Record]) -> CrfTagger:
        """Fit on the gold entities of `records`, in their articles under gold furniture."""
        self.model.fit(*_training(records))
        return self

    def predict(self, text: str, furniture: Sequence[Span]) -> tuple[Span, ...]:
        """Entities of the article under `furniture`: sorted, none inside it, none over a line's end."""
        lines, features = _prepare(text, furniture)
        spans: list[Span] = []
        for tokens, held in zip(lines, features, strict=True):
            spans += from_iob2(tokens, self.model.predict_single(held))
        return tuple(sorted(spans))


class ViterbiTagger:
    """Logistic regression a token, decoded by Viterbi (Viterbi 1967) over transition probabilities."""

    def __init__(self, alpha: float = 1e-6, epochs: int = 20, smoothing: float = 0.1, seed: int = 7) -> None:
        self.smoothing = smoothing
        self.hasher = FeatureHasher(n_features=2**19, input_type="string")
        self.model = SGDClassifier(
            loss="log_loss", alpha=alpha, max_iter=epochs, tol=None, random_state=seed, average=True, n_jobs=2
        )
        self.transitions = np.zeros((0, 0))
        self.starts = np.zeros(0)

    @staticmethod
    def _strings(features: Features) -> list[str]:
        return [f"{key}={value}" for key, value in features.items() if value is not False]

    def fit(self, records: Sequence[Record]) -> ViterbiTagger:
        """Fit on the gold entities of `records`, in their articles under gold furniture."""
        held, told = _training(records)
        rows = self.hasher.transform(self._strings(f) for line in held for f in line)
        self.model.fit(rows, [tag for line in told for tag in line])
        order = {tag: i for i, tag in enumerate(self.model.classes_)}
        size = len(order)
        counts = np.full((size, size), self.smoothing)
        starts = np.full(size, self.smoothing)
        for line in told:
            starts[order[line[0]]] += 1
            for one, other in pairwise(line):
                counts[order[one], order[other]] += 1
        for tag, i in order.items():
            if tag.startswith("I-"):
                starts[i] = 0
                for before, j in order.items():
                    if before not in (tag, f"B-{tag[2:]}"):
                        counts[j, i] = 0
        with np.errstate(divide="ignore"):
            self.transitions = np.log(counts / counts.sum(axis=1, keepdims=True))
            self.starts = np.log(starts / starts.sum())
        return self

    def predict(self, text: str, furniture: Sequence[Span]) -> tuple[Span, ...]:
        """Entities of the article under `furniture`: sorted, none inside it, none over a line's end."""
        lines, features = _prepare(text, furniture)
        spans: list[Span] = []
        for tokens, held in zip(lines, features, strict=True):
            rows = self.hasher.transform(self._strings(f) for f in held)
            spans += from_iob2(tokens, self._decode(self.model.predict_log_proba(rows)))
        return tuple(sorted(spans))

    def _decode(self, chances: NDArray[np.float64]) -> list[str]:
        """The best tag sequence for log probabilities (tokens x tags)."""
        chances = np.maximum(chances, -50.0)
        best = self.starts + chances[0]
        back = np.zeros(chances.shape, dtype=np.int64)
        for i in range(1, len(chances)):
            paths = best[:, None] + self.transitions
            back[i] = paths.argmax(axis=0)
            best = paths.max(axis=0) + chances[i]
        path = [int(best.argmax())]
        for i in range(len(chances) - 1, 0, -1):
            path.append(int(back[i][path[-1]]))
        return [str(self.model.classes_[i]) for i in reversed(path)]
