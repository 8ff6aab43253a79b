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
        from etabli import loading

        return loading.load
    if name == "tag":
        from etabli import tagging

        return tagging.tag
    raise AttributeError(f"module 'etabli' has no attribute {name!r}")
