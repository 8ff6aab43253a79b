"""`etabli publish REPO`: a release goes to the Hugging Face Hub."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def publish(
    repo: Annotated[str, typer.Argument(help="The dataset's name on the Hub: owner/name.")],
    root: Annotated[Path, typer.Option(help="The repository, at the version's tag.")] = Path(),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would go; ask nothing of the Hub.")] = False,
    private: Annotated[bool, typer.Option("--private", help="If the dataset is new, keep it private.")] = False,
) -> None:
    """Put the released corpus and its card on the Hub as one commit, tagged with its version.

    Only files that SHA256SUMS lists go, and only if all of them are as released. The dataset then holds exactly these.
    """
    from etabli import hub  # huggingface_hub is slow to import

    hub.check_name(repo)
    parcel = hub.pack(root)
    total = f"{len(parcel.sizes)} files, {sum(parcel.sizes.values()):,} bytes, version {parcel.version}"
    if dry_run:
        for name, size in parcel.sizes.items():
            print(f"{size:>12,}  {name}")
        print(f"would go to datasets/{repo}, tag v{parcel.version}: {total}")
        return
    print(f"{hub.publish(parcel, repo, private=private)}: {total}")
