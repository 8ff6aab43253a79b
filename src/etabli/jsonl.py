"""Reading and writing files of JSON records: one object a line, plain, gzip or zstandard.

Readers say file and line of whatever is wrong; writers never leave a partial file.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import zstandard

from etabli.errors import DataError, Problem, UsageError, shorten

LINE_LIMIT = 64 << 20  # bytes; a longer line is no record of ours


class _Pairs(dict[str, Any]):
    """A JSON object that refuses a key that stands twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        if len(self) != len(pairs):
            seen: set[str] = set()
            twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
            raise ValueError(f"key `{shorten(twice)}` stands twice")


def _no_constant(name: str) -> Any:
    raise ValueError(f"`{name}` is not JSON")


def loads(text: str | bytes) -> Any:
    """`json.loads` that refuses NaN, Infinity and doubled keys, with `ValueError` for all it refuses."""
    try:
        return json.loads(text, object_pairs_hook=_Pairs, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("nested too deep") from None


def dumps(record: Any) -> str:
    """Canonical JSON of a record: keys in their given order, no spaces, no escapes, no NaN."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


@contextmanager
def open_lines(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of a `.jsonl`, `.jsonl.gz` or `.jsonl.zst` file. `UsageError` if it cannot be opened."""
    try:
        raw = path.open("rb")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from None
    with raw:
        if path.suffix == ".gz":
            with gzip.open(raw) as plain:
                yield plain  # type: ignore[misc]
        elif path.suffix == ".zst":
            with zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True) as plain:
                yield _Buffered(plain)  # type: ignore[misc]
        else:
            yield raw


class _Buffered:
    """`readline` over a zstandard stream (its own reader has none)."""

    def __init__(self, stream: Any) -> None:
        self._lines = io.BufferedReader(stream, 1 << 20)

    def readline(self, limit: int = -1) -> bytes:
        return self._lines.readline(limit)


def raw_lines(
    path: Path, line_limit: int = LINE_LIMIT, total_limit: int | None = None, lines_limit: int | None = None
) -> Iterator[tuple[int, bytes]]:
    """(line number, bytes without the newline) of each line that is not blank.

    Never holds more than one line. Raises `DataError` for a damaged archive, a line over `line_limit` or a
    file over `total_limit` (bytes after decompression), and for more lines, blank or not, than `lines_limit`.
    """
    number = total = 0
    try:
        with open_lines(path) as lines:
            while line := lines.readline(line_limit + 1):
                number += 1
                total += len(line)
                if len(line) > line_limit:
                    raise _bad(path, number, f"a line over {line_limit >> 20} MiB", "one record a line")
                if total_limit is not None and total > total_limit:
                    limit = f"at most {total_limit >> 20} MiB, decompressed"
                    raise _bad(path, number, f"a file over {total_limit >> 20} MiB", limit)
                if lines_limit is not None and number > lines_limit:
                    raise _bad(path, number, f"more than {lines_limit} lines", "one line a page")
                if line.strip():
                    yield number, line.rstrip(b"\n")
    except (OSError, EOFError, zlib.error, zstandard.ZstdError) as error:
        raise _bad(path, number + 1, f"a damaged archive ({error})", "a readable file") from None


def read(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number, record) of a JSONL file. Raises `DataError` at the first line that is no JSON object."""
    for number, line in raw_lines(path):
        try:
            record = loads(line.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise _bad(path, number, f"bytes that are not UTF-8 ({error.reason})", "UTF-8") from None
        except ValueError as error:
            raise _bad(path, number, f"broken JSON ({error})", "one JSON object a line") from None
        if not isinstance(record, dict):
            raise _bad(path, number, f"a JSON {type(record).__name__}", "a JSON object")
        yield number, record


def _bad(path: Path, line: int, found: str, expected: str) -> DataError:
    remedy = "Write the file again and hand it in whole."
    return DataError([Problem("jsonl", str(path), found, expected, remedy, line=line)])


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` that takes its name when the block ends well, and is removed if not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 with its newlines as they are; the file appears whole or not at all."""
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


def write(path: Path, records: Iterable[Any]) -> None:
    """Write records as JSONL, compressed as the name says; the same records give the same bytes."""
    with atomic(path) as temporary, temporary.open("wb") as raw:
        lines = (dumps(record).encode("utf-8") + b"\n" for record in records)
        if path.suffix == ".gz":
            with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed:
                packed.writelines(lines)
        elif path.suffix == ".zst":
            with zstandard.ZstdCompressor().stream_writer(raw, closefd=False) as stream:
                for line in lines:
                    stream.write(line)
        else:
            raw.writelines(lines)


def read_text(path: Path) -> str:
    """A text file as it is, newlines untouched. Raises `UsageError` or `DataError` with the file's name."""
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise DataError(
            [
                Problem(
                    "encoding",
                    str(path),
                    f"a byte that is not UTF-8 at offset {error.start}",
                    "UTF-8",
                    "Convert the file to UTF-8 (iconv -t utf-8).",
                )
            ]
        ) from None
