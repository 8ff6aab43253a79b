"""How fast predictions are read, counted and scored, beside the scorers that others use.

    python -m benchmarks.scoring [--pages 1000 10000 100000] [--only-ours]

All tools get the same data in one run: pages of 30 mentions each, predictions with 15 % missed, 10 % of wrong
label, 10 % of wrong border. Each tool runs in a process of its own, so that its peak memory is its own:

* ours: prediction file to validated columns, to counts, to every count measure with 10,000-resample intervals;
* nervaluate, seqeval: the counts alone, from lists that are in memory already;
* scikit-learn: one bootstrap resample of micro-F1 over labels of the mentions, times 10,000.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from etabli import jsonl, predictions
from etabli.columns import Layers, Pages, Spans
from etabli.labels import ENTITIES
from etabli.scoring import catalogue, entities, measures, statistics
from etabli.scoring.counts import Reference

MENTIONS = 30
STRIDE, WIDTH = 40, 20  # a mention every 40 characters, up to 20 long
Row = list[tuple[int, int, int]]


def gold_of(pages: int, seed: int = 0) -> Spans:
    """Gold mentions of all pages, in columns."""
    rng = np.random.default_rng(seed)
    count = pages * MENTIONS
    page = np.repeat(np.arange(pages, dtype=np.int32), MENTIONS)
    start = (np.tile(np.arange(MENTIONS, dtype=np.int32) * STRIDE, pages)).astype(np.int32)
    end = (start + rng.integers(2, WIDTH, count)).astype(np.int32)
    return Spans(page, start, end, rng.integers(0, len(ENTITIES), count).astype(np.int32))


def found_of(gold: Spans, seed: int = 1) -> Spans:
    """Predictions: gold with mentions missed, labels and borders wrong."""
    rng = np.random.default_rng(seed)
    chance = rng.random(len(gold))
    label = np.where(chance < 0.10, (gold.label + 1) % len(ENTITIES), gold.label)
    end = np.where((chance > 0.10) & (chance < 0.20), gold.end + 1, gold.end)
    return Spans(gold.page, gold.start, end, label).where(chance < 0.85)


def rows(spans: Spans, pages: int) -> Iterable[Row]:
    """The spans of each page as (start, end, label)."""
    borders = np.searchsorted(spans.page, np.arange(pages + 1))
    for first, stop in pairwise(borders.tolist()):
        part = (spans.start[first:stop], spans.end[first:stop], spans.label[first:stop])
        yield list(zip(*(column.tolist() for column in part), strict=True))


def lines(spans: Spans, pages: int) -> Iterable[dict[str, Any]]:
    """The prediction file of these spans."""
    for number, row in enumerate(rows(spans, pages)):
        held = [{"start": s, "end": e, "label": ENTITIES[label]} for s, e, label in row]
        yield {"id": f"etb-{number:06}", "entities": held}


def ours(path: Path, pages: int) -> dict[str, float]:
    """Seconds of each step."""
    texts = Pages(tuple(f"etb-{n:06}" for n in range(pages)), ("x" * (STRIDE * MENTIONS),) * pages)
    events = np.arange(pages) // 2
    gold = gold_of(pages)
    rng = np.random.default_rng(2)
    reference = Reference(texts, Layers(entities=gold), {"events": events}, seen=rng.random(len(gold)) < 0.5)
    clock = [time.perf_counter()]
    layers = predictions.read(path, texts).layers
    clock.append(time.perf_counter())
    counts = entities.count(reference, layers)
    clock.append(time.perf_counter())
    held = catalogue.available("entities", counts.columns, curves=False)
    sums = statistics.resampled_sums(counts.by_cluster(events), statistics.DEFAULT)
    drawn = measures.values(held, counts.columns, sums)
    intervals = [statistics.interval(values, len(events)) for values in drawn.values()]
    clock.append(time.perf_counter())
    steps = dict(zip(("read and validate", "count", "10,000-resample intervals"), np.diff(clock), strict=True))
    return {**steps, "all": clock[-1] - clock[0], "measures": len(intervals)}


def nervaluate(path: Path, pages: int) -> dict[str, float]:  # noqa: ARG001
    """Seconds for the counts."""
    from nervaluate import Evaluator

    gold = gold_of(pages)
    sides = [
        [[{"label": ENTITIES[lab], "start": s, "end": e - 1} for s, e, lab in row] for row in rows(side, pages)]
        for side in (gold, found_of(gold))
    ]
    start = time.perf_counter()
    Evaluator(*sides, tags=list(ENTITIES), loader="dict").evaluate()
    return {"counts": time.perf_counter() - start}


def seqeval(path: Path, pages: int) -> dict[str, float]:  # noqa: ARG001
    """Seconds for F1 from tags, a tag for every 2 characters."""
    from seqeval.metrics import f1_score

    gold = gold_of(pages)
    sides = []
    for side in (gold, found_of(gold)):
        tags = []
        for row in rows(side, pages):
            page = ["O"] * (STRIDE * MENTIONS // 2)
            for start, end, label in row:
                page[start // 2] = f"B-{ENTITIES[label]}"
                for place in range(start // 2 + 1, (end + 1) // 2):
                    page[place] = f"I-{ENTITIES[label]}"
            tags.append(page)
        sides.append(tags)
    clock = time.perf_counter()
    f1_score(*sides)
    return {"F1": time.perf_counter() - clock}


def scikit_learn(path: Path, pages: int) -> dict[str, float]:  # noqa: ARG001
    """Seconds of 10,000 resamples, from the time of a few, with the usual loop."""
    from sklearn.metrics import f1_score

    gold = gold_of(pages)
    found = found_of(gold)
    same, at = entities.match(gold, found)
    guess = np.full(len(gold), -1)
    guess[at[same]] = found.label[same]
    rng = np.random.default_rng(0)
    times = 3
    by_page = np.arange(len(gold)).reshape(pages, MENTIONS)
    start = time.perf_counter()
    for _ in range(times):
        rows_drawn = by_page[rng.integers(0, pages, pages)].ravel()
        f1_score(gold.label[rows_drawn], guess[rows_drawn], labels=range(len(ENTITIES)), average="micro")
    return {"10,000 resamples (extrapolated)": (time.perf_counter() - start) / times * statistics.RESAMPLES}


def _run(tool: Callable[[Path, int], dict[str, float]], path: Path, pages: int, out: Any) -> None:
    warnings.simplefilter("ignore")
    seconds = {step: round(value, 2) for step, value in tool(path, pages).items()}
    used = resource.getrusage(resource.RUSAGE_SELF)
    processor = round(used.ru_utime + used.ru_stime, 1)  # all of it, making the data too
    out.put({"seconds": seconds, "processor seconds": processor, "peak MB": used.ru_maxrss >> 10})


def measure(tool: Callable[[Path, int], dict[str, float]], path: Path, pages: int) -> dict[str, Any]:
    """What `tool` takes, in a fresh process."""
    context = multiprocessing.get_context("spawn")
    out = context.Queue()
    process = context.Process(target=_run, args=(tool, path, pages, out))
    process.start()
    found: dict[str, Any] = out.get()
    process.join()
    return found


def main() -> None:
    """Print one JSON line a tool and size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--only-ours", action="store_true")
    given = parser.parse_args()
    tools = [ours] if given.only_ours else [ours, nervaluate, seqeval, scikit_learn]
    with tempfile.TemporaryDirectory() as folder:
        for pages in given.pages:
            path = Path(folder) / f"{pages}.jsonl"
            jsonl.write(path, lines(found_of(gold_of(pages)), pages))
            size = path.stat().st_size >> 20
            for tool in tools:
                found = measure(tool, path, pages)
                print(json.dumps({"pages": pages, "file MB": size, "tool": tool.__name__, **found}), flush=True)


if __name__ == "__main__":
    main()
