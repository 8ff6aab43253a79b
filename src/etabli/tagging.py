"""Tags pages with the `crf` baseline: cleaned article, topics with probabilities, entities.

Models are fitted on the train split of the packaged corpus at first use and kept in the user's cache folder, in skops'
format with a list of trusted types. The cache's name holds a digest of all that they depend on.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import platformdirs
import py3langid
from inscriptis import get_text
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.model.config import ParserConfig

from etabli import jsonl, loading, training
from etabli.baselines.topics import clean
from etabli.documents import Annotation
from etabli.errors import DataError, Problem, UsageError

LIMIT = 8 << 20  # bytes of a page; more is no article
_HTML = re.compile(r"^\s*(?:<!doctype html|<html|<\?xml|<head|<body|<!--)", re.IGNORECASE)
_MARKUP = re.compile(r"</(?:p|div|body|html|article|span|a|h1|h2|li)\s*>", re.IGNORECASE)
_SAMPLE = 4000  # characters that the language check reads
_SHORT = 200  # a text under so many characters is not judged

TRUSTED = (
    "etabli.baselines.boilerplate.CrfBoilerplate",
    "etabli.baselines.entities.CrfTagger",
    "etabli.baselines.topics.Terms",
    "etabli.baselines.topics.TopicTagger",
    "etabli.training.Tagger",
    "pycrfsuite._logparser.TrainLogParser",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn_crfsuite._fileresource.FileResource",
    "sklearn_crfsuite.estimator.CRF",
)


@dataclass(frozen=True, slots=True)
class Tagged:
    """A tagged page. `text` is what offsets count in (of HTML, the text it was turned into)."""

    text: str
    annotation: Annotation
    topic_scores: dict[str, float]
    warnings: tuple[str, ...] = ()

    def as_dict(self, page_id: str) -> dict[str, Any]:
        """One prediction line (schema/prediction.json) with the page's text beside it."""
        return {**training.prediction(page_id, self.annotation, self.topic_scores), "text": self.text}


def read_page(raw: bytes, name: str) -> str:
    """The text of a page's bytes: UTF-8, HTML turned to text. Raises `DataError` for what is no page."""
    if len(raw) > LIMIT:
        raise _bad(name, f"{len(raw) / (1 << 20):.1f} MiB", f"at most {LIMIT >> 20} MiB", "Give one page.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _bad(name, f"a byte that is not UTF-8 at offset {error.start}", "UTF-8 text",
                   "Convert it first, for instance: iconv -f latin1 -t utf-8.") from None  # fmt: skip
    if "\x00" in text:
        raise _bad(name, "a NUL character", "text or HTML", "Give the page's text, not a binary file.")
    if _HTML.match(text) or len(_MARKUP.findall(text[:200_000])) > 3:
        text = from_html(text)
    if not text.strip():
        raise _bad(name, "an empty page", "text or HTML", "Give a page with text in it.")
    return text


def from_html(html: str) -> str:
    """The visible text of an HTML page, a line a block, without blank lines (inscriptis)."""
    config = ParserConfig(css=CSS_PROFILES["strict"])
    text = get_text(html, config)
    return "\n".join(line.strip() for line in text.split("\n") if line.strip())


def tag(text: str) -> Tagged:
    """Tag one page of text (or HTML). Trains and caches the models on first use.

    Raises `DataError` for an empty page.
    """
    return tag_text(read_page(text.encode("utf-8", "surrogatepass") if text else b"", "page"))


def tag_text(text: str) -> Tagged:
    """Tag a page that `read_page` has read."""
    ((annotation, scores),) = models().annotate([text])
    return Tagged(text, annotation, scores, tuple(_warnings(text, annotation)))


def _warnings(text: str, annotation: Annotation) -> list[str]:
    article = clean(text, annotation.boilerplate)
    judged = article if len(article) >= _SHORT else text
    found = [] if article else ["no article was found: every line reads as furniture"]
    if len(judged) >= _SHORT:
        language, _ = py3langid.classify(judged[:_SAMPLE])
        if language != "fr":
            found.append(f"the page reads as `{language}`, not French: the baselines know French only")
    return found


@cache
def models() -> training.Tagger:
    """The `crf` baseline, from the cache or fitted now."""
    from skops import io  # takes seconds to import

    path = cache_path()
    if path.is_file():
        try:
            held: training.Tagger = io.load(path, trusted=list(TRUSTED))
            return held
        except (OSError, ValueError, KeyError, TypeError, EOFError):
            path.unlink(missing_ok=True)  # damaged or of another library's version: fitted again
    fitted = training.fit_crf(loading.load()["train"])
    with jsonl.atomic(path) as temporary:
        io.dump(fitted, temporary)
    return fitted


def is_cached() -> bool:
    """Whether `models` will not have to train."""
    return cache_path().is_file()


def cache_path() -> Path:
    """Where the fitted models of this corpus, these parameters and this code are kept."""
    total = hashlib.sha256()
    total.update(loading.load()["train"].digest.encode())
    total.update(json.dumps(training.parameters(), sort_keys=True).encode())
    for module in ("augment", "boilerplate", "entities", "gazetteers", "topics"):
        total.update(resources.files("etabli.baselines").joinpath(f"{module}.py").read_bytes())
    for name in ("scikit-learn", "sklearn-crfsuite", "skops"):
        total.update(f"{name} {metadata.version(name)}".encode())
    return Path(platformdirs.user_cache_dir("etabli")) / f"crf-{total.hexdigest()[:16]}.skops"


def read_file(path: Path) -> str:
    """The page in a file. Raises `UsageError` if it cannot be read, `DataError` if it is no page."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from None
    return read_page(raw, str(path))


def _bad(name: str, found: str, expected: str, remedy: str) -> DataError:
    return DataError([Problem("page", name, found, expected, remedy)])
