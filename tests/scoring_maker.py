"""References and prediction files for scoring tests, from plain dictionaries."""

import json

import numpy as np

from etabli.columns import Pages, layers_of
from etabli.documents import Annotation, Span
from etabli.scoring.counts import Reference, seen_mentions


def annotation(line):
    spans = {
        part: tuple(Span(s["start"], s["end"], s["label"]) for s in line[part]) for part in ("entities", "boilerplate")
    }
    return Annotation(tuple(line["topics"]), line["main_topic"], **spans)


def make_reference(gold, surfaces=None, clusters=None):
    """A reference of pages given as dictionaries, each page a cluster of its own unless `clusters` says otherwise."""
    pages = Pages(tuple(line["id"] for line in gold), tuple(line["text"] for line in gold))
    layers = layers_of([annotation(line) for line in gold])
    alone = np.arange(len(gold)) if clusters is None else np.asarray(clusters)
    seen = None if surfaces is None else seen_mentions(pages, layers.entities, set(surfaces))
    return Reference(pages, layers, {"events": alone, "sites": alone}, seen=seen)


def write_lines(path, lines):
    """A prediction file of objects, or of strings and bytes as they are."""
    with path.open("wb") as out:
        for line in lines:
            raw = line if isinstance(line, bytes) else (line if isinstance(line, str) else json.dumps(line)).encode()
            out.write(raw + b"\n")
    return path
