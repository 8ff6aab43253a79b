"""Établi: annotated corpus and benchmark for French industry news.

    import etabli

    corpus = etabli.load()          # the packaged release, as typed records
    etabli.tag("…").annotation      # one page, cleaned, classified and marked by the baselines
"""

from __future__ import annotations

from importlib.metadata import version as _version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from etabli.loading import load
    from etabli.tagging import tag

__all__ = ["__version__", "load", "tag"]
__version__ = _version("etabli")


def __getattr__(name: str) -> Any:
    """Import `load` and `tag` at first use: the libraries behind them take seconds."""
    if name == "load":
        from etabli.loading import load as found
    elif name == "tag":
        from etabli.tagging import tag as found
    else:
        raise AttributeError(f"module 'etabli' has no attribute {name!r}")
    return found
