"""The topics track of Établi for lm-evaluation-harness: pages, prompts, answers, measures.

Stands alone: needs the harness and `datasets`, not the package `etabli`. The pages are read from this repository's
`corpus/data/default/<split>.parquet`, or from the folder that ETABLI_CORPUS names (one like the repository's corpus/).

Both tasks give the page as an extractor leaves it, furniture and all, and are scored alike: macro-F1 over the three
topics (the track's ranking measure; a topic with neither gold nor answer is left out, as `etabli score` does) and the
share of pages whose set of topics is exactly right.
"""

import os
import re
import unicodedata
from itertools import combinations
from pathlib import Path

import datasets

NAMES = {"industrialization": "industrialisation", "financing": "financement", "regulatory": "réglementation"}
NONE = "aucun"
_STEMS = {
    "industrialization": r"\bindustriali[sz]",
    "financing": r"\bfinanc",
    "regulatory": r"\breglement|\bregul",
}
SETS = [list(held) for size in range(len(NAMES) + 1) for held in combinations(NAMES, size)]

PROMPT = """\
Voici le texte d'une page de presse, telle qu'un extracteur la laisse : l'article et ce que le site a ajouté autour.

{text}

De quels sujets traite l'article lui-même ? Un sujet compte si le titre ou le chapô en parle, ou si deux phrases de \
suite au moins le développent.
- industrialisation : des moyens de production sont créés, agrandis, déplacés, relancés ou modernisés
- financement : de l'argent est levé, prêté, accordé ou investi au profit d'une entreprise, d'un projet, d'une filière
- réglementation : une règle ou une autorité publique agit ou est attendue
Réponds par les noms des sujets, séparés par des virgules, ou par « aucun ».
Réponse :"""


def load(**_):
    """The splits of the release, with topics as names."""
    default = Path(__file__).resolve().parents[2] / "corpus"
    folder = Path(os.environ.get("ETABLI_CORPUS", default)) / "data" / "default"
    files = {split: str(folder / f"{split}.parquet") for split in ("train", "validation", "test")}
    pages = datasets.load_dataset("parquet", data_files=files)
    return {split: _slim(part) for split, part in pages.items()}


def _slim(part):
    """Id, text and topics of a split."""
    names = part.features["topics"].feature.names
    extra = [column for column in part.column_names if column not in ("id", "text")]
    return part.map(_named, fn_kwargs={"names": names}, remove_columns=extra)


def _named(page, names):
    return {"labels": [names[number] for number in page["topics"]]}


def prompt(page):
    return PROMPT.format(text=page["text"])


def answer(labels):
    """A set of topics as the answer that the prompt asks for."""
    return ", ".join(NAMES[label] for label in NAMES if label in labels) or NONE


def target(page):
    return answer(page["labels"])


def choices(_page):
    """The eight sets of topics."""
    return [answer(labels) for labels in SETS]


def choice(page):
    """The place of the page's set among the choices."""
    return SETS.index([label for label in NAMES if label in page["labels"]])


def read(text):
    """The topics that an answer names, whatever its case and accents; its first line that is not blank counts."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    plain = "".join(c for c in unicodedata.normalize("NFD", first.lower()) if not unicodedata.combining(c))
    return [label for label, stem in _STEMS.items() if re.search(stem, plain)]


def score_generation(page, results):
    return _score(page["labels"], read(results[0]))


def score_choice(page, results):
    """`results` holds (log-likelihood, greedy) of each choice; the likeliest is the answer."""
    likelihoods = [likelihood for likelihood, _ in results]
    return _score(page["labels"], SETS[likelihoods.index(max(likelihoods))])


def _score(gold, found):
    pairs = [(label in gold, label in found) for label in NAMES]
    return {"macro_f1": pairs, "exact_set": float(set(gold) == set(found))}


def macro_f1(pages):
    """Macro-F1 of pages of (gold, found) pairs, one a topic; a topic never held and never answered is left out."""
    scores = []
    for topic in range(len(NAMES)):
        pairs = [page[topic] for page in pages]
        both = sum(gold and found for gold, found in pairs)
        either = sum(gold + found for gold, found in pairs)
        if either:
            scores.append(2 * both / either)
    return sum(scores) / len(scores) if scores else 1.0
