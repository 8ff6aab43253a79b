"""Puts a release on the Hugging Face Hub: the corpus folder as `etabli release` left it, nothing else.

What goes is what SHA256SUMS lists, so that a download can be checked with `etabli verify` and loads with
`datasets` by the dataset's name. The Hub's address and the token are those that `huggingface_hub` finds (HF_ENDPOINT,
HF_TOKEN, `hf auth login`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import CommitInfo, CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalTokenNotFoundError
from huggingface_hub.utils._validators import validate_repo_id

from etabli import checksums
from etabli.errors import DataError, UsageError

_KEPT = {".gitattributes"}  # the Hub's own


@dataclass(frozen=True, slots=True)
class Parcel:
    """What would go: path and bytes of each file, and the version."""

    folder: Path
    version: str
    sizes: dict[str, int]


def pack(root: Path) -> Parcel:
    """The released files under `root`. `DataError` if the copy is not the one released."""
    folder = checksums.locate(root)
    problems = checksums.verify(folder)
    if problems:
        raise DataError(problems)
    names = [checksums.NAME, *checksums.read(folder)]
    version = (folder / "VERSION").read_text(encoding="utf-8").strip()
    return Parcel(folder, version, {name: (folder / name).stat().st_size for name in sorted(names)})


def check_name(repo: str) -> None:
    """Refuse what is no dataset name (`UsageError`)."""
    try:
        validate_repo_id(repo)
    except HFValidationError as error:
        raise UsageError(f"{repo}: {error}") from None


def publish(parcel: Parcel, repo: str, *, private: bool = False) -> str:
    """One commit that leaves the dataset `repo` with exactly the parcel's files, tagged with its version; its address.

    Raises `UsageError` with what the Hub said.
    """
    api = HfApi()
    try:
        api.create_repo(repo, repo_type="dataset", private=private, exist_ok=True)
        there = set(api.list_repo_files(repo, repo_type="dataset")) - _KEPT
        operations: list[CommitOperationAdd | CommitOperationDelete] = [
            CommitOperationAdd(name, parcel.folder / name) for name in parcel.sizes
        ]
        operations += [CommitOperationDelete(name) for name in sorted(there - set(parcel.sizes))]
        done: CommitInfo = api.create_commit(
            repo, operations, commit_message=f"Version {parcel.version}", repo_type="dataset"
        )
        api.create_tag(repo, tag=f"v{parcel.version}", revision=done.oid, repo_type="dataset", exist_ok=False)
    except LocalTokenNotFoundError:
        raise UsageError("no token for the Hub: run `hf auth login`, or set HF_TOKEN") from None
    except HfHubHTTPError as error:
        raise UsageError(f"{repo}: the Hub refused: {str(error).strip().splitlines()[0]}") from None
    except Exception as error:
        if not type(error).__module__.startswith(("httpx", "requests")):  # whichever client its version has
            raise
        raise UsageError(f"{repo}: the Hub cannot be reached ({error})") from None
    return done.commit_url
