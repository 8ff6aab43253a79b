"""Near-duplicates: MinHash and LSH (datasketch), candidates then measured exactly.

Likeness is the Jaccard index of the sets of word 5-shingles (Broder 1997, "On the resemblance and containment of
documents", section 2), words being case-folded runs of letters and digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from zlib import crc32

from datasketch import MinHash, MinHashLSH

SHINGLE = 5
THRESHOLD = 0.5
_PERMUTATIONS = 64
_WORD = re.compile(r"\w+")


def shingles(text: str) -> set[str]:
    """The word 5-shingles of `text`; of a shorter text, its words as one shingle."""
    words = _WORD.findall(text.casefold())
    if len(words) < SHINGLE:
        return {" ".join(words)} if words else set()
    return {" ".join(words[i : i + SHINGLE]) for i in range(len(words) - SHINGLE + 1)}


def jaccard(one: set[str], other: set[str]) -> float:
    """Size of the intersection over size of the union; 0 for two empty sets."""
    return len(one & other) / len(one | other) if one or other else 0.0


def near_pairs(
    texts: dict[str, str], groups: dict[str, str], threshold: float = THRESHOLD
) -> Iterator[tuple[str, str, float]]:
    """Pairs of keys of different groups whose texts have a Jaccard index of `threshold` or more.

    LSH proposes at two thirds of the threshold so that few true pairs are missed; each proposal is measured exactly.
    """
    index = MinHashLSH(threshold=threshold * 2 / 3, num_perm=_PERMUTATIONS)
    sets = {key: shingles(text) for key, text in sorted(texts.items())}
    for key, grams in sets.items():
        if not grams:
            continue
        sketch = MinHash(num_perm=_PERMUTATIONS, hashfunc=crc32)
        sketch.update_batch([gram.encode() for gram in grams])
        for other in sorted(index.query(sketch)):
            if groups[other] != groups[key]:
                likeness = jaccard(grams, sets[other])
                if likeness >= threshold:
                    yield other, key, likeness
        index.insert(key, sketch)
