"""The counts of a track by its name."""

from __future__ import annotations

from etabli.columns import Layers
from etabli.scoring import boilerplate, entities, topics
from etabli.scoring.counts import Counts, Reference

COUNT = {"topics": topics.count, "entities": entities.count, "boilerplate": boilerplate.count}
CLUSTERS = {"topics": "events", "entities": "events", "boilerplate": "sites", "overall": "sites"}


def count(track: str, reference: Reference, predicted: Layers) -> Counts:
    """The counts of one track, a row a page."""
    return COUNT[track](reference, predicted)
