"""French words for what labels.json does not name."""

from __future__ import annotations

from etabli.labels import describe

SPLITS = {"train": "Entraînement", "validation": "Validation", "test": "Test"}
_LAYERS = {"gold": "Référence"}


def french(group: str, code: str) -> str:
    """The French name of a code."""
    return SPLITS[code] if group == "split" else describe(group, code)["fr"]


def layer_name(name: str) -> str:
    """A layer as readers see it."""
    return _LAYERS.get(name, f"Annotateur {name.upper()}")


def number(value: int) -> str:
    """A whole number with thin no-break spaces between thousands."""
    return f"{value:,}".replace(",", "\u202f")


def percent(share: float) -> str:
    """A share as a whole percentage."""
    return f"{share * 100:.0f}\u00a0%"
