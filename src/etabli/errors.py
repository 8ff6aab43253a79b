"""What goes wrong in a user's files, said so that the user can mend it.

A `Problem` is one defect: where it is, what was found, what was expected, what to do.
A `DataError` carries one or more of them; commands print them and exit with 1.
A `UsageError` is a wrong call (a path that does not exist, say); commands exit with 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

SHOWN = 20  # problems printed before the rest is only counted


@dataclass(frozen=True, slots=True)
class Problem:
    """One defect of one file.

    `line` counts from 1; `id` is a page id or another record's key. Empty parts are not shown.
    """

    rule: str
    file: str
    found: str
    expected: str
    remedy: str
    line: int | None = None
    id: str | None = None

    def __str__(self) -> str:
        place = self.file + (f":{self.line}" if self.line is not None else "")
        subject = f" [{shorten(self.id)}]" if self.id else ""
        text = f"{place}:{subject} {self.rule}: found {self.found}; expected {self.expected}"
        return f"{text}. {self.remedy}" if self.remedy else text

    def as_dict(self) -> dict[str, str | int | None]:
        return asdict(self)


class EtabliError(Exception):
    """Base of the errors that a user's input can cause."""


class UsageError(EtabliError):
    """The call itself is wrong: a missing path, an option that does not fit."""


class DataError(EtabliError):
    """A file's content is wrong. `problems` lists what was found, `total` counts all of it."""

    def __init__(self, problems: Sequence[Problem], total: int | None = None) -> None:
        self.problems = list(problems)
        self.total = len(self.problems) if total is None else total
        super().__init__(self.report())

    def report(self) -> str:
        """The first `SHOWN` problems, a line each, and a count of the others."""
        lines = [str(problem) for problem in self.problems[:SHOWN]]
        if self.total > len(lines):
            lines.append(f"… and {self.total - len(lines)} more problems ({self.total} in all)")
        return "\n".join(lines)


def shorten(value: object, limit: int = 80) -> str:
    """`value` as text of at most `limit` characters, for a message that quotes a hostile file."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
