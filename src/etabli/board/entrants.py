"""Who stands on the board: submissions, the house's baselines and floors, the annotators."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from etabli import predictions
from etabli.board import card as cards
from etabli.board import submissions
from etabli.board.card import Card
from etabli.columns import TRACKS, Layers
from etabli.errors import UsageError
from etabli.scoring.counts import Reference

BASELINES = Path("baselines/predictions")
CARDS = Path("baselines/cards")
ENDING = ".test.jsonl.gz"
ANNOTATOR = "annotator"
RANKED = ("system", "baseline")  # kinds that have a rank
TESTED = (*RANKED, "floor")  # kinds that are tested against one another


@dataclass(frozen=True)
class Entrant:
    """One line of the board. `slug` names its page; `card` is None for an annotator."""

    slug: str
    name: str
    kind: str
    layers: Layers
    card: Card | None = None

    @property
    def ranked(self) -> bool:
        return self.kind in RANKED

    @property
    def tested(self) -> bool:
        return self.kind in TESTED

    @property
    def flags(self) -> tuple[str, ...]:
        return self.card.flags if self.card else ()

    def takes_part(self, track: str) -> bool:
        """Whether it can be scored on a track; on `overall`, if it carries all three."""
        return track in self.layers.tracks or (track == "overall" and set(TRACKS) <= set(self.layers.tracks))


def taken(root: Path, reference: Reference) -> list[str]:
    """Names that no submission may have: those of the baselines and annotators."""
    return [*_baseline_names(root), *(f"{ANNOTATOR}-{name}" for name in reference.annotators)]


def _baseline_names(root: Path) -> list[str]:
    return sorted(path.name.removesuffix(ENDING) for path in (root / BASELINES).glob(f"*{ENDING}"))


def gather(root: Path, reference: Reference) -> list[Entrant]:
    """Everyone, by kind. Raises `DataError` with what is wrong with any submission or baseline file."""
    found = []
    for held in submissions.read_all(root, reference.pages, taken(root, reference)):
        found.append(Entrant(held.slug, held.card.name, held.card.kind, held.layers, held.card))
    for name in _baseline_names(root):
        path = root / CARDS / f"{name}.yaml"
        if not path.is_file():
            raise UsageError(f"{path}: no card for the baseline {name}")
        card = cards.read(path)
        told = predictions.read(root / BASELINES / f"{name}{ENDING}", reference.pages, reference.split)
        found.append(Entrant(name, card.name, card.kind, told.layers, card))
    for name, layers in reference.annotators.items():
        found.append(Entrant(f"{ANNOTATOR}-{name}", f"Annotator {name}", ANNOTATOR, layers))
    return found
