"""The command line: one module a command, gathered here. Nobody imports this module."""

from __future__ import annotations

import sys

import typer

from etabli.commands import (
    agreement,
    annotate,
    audit,
    bench,
    build,
    card,
    diff,
    explore,
    export,
    leaderboard,
    newsroom,
    probes,
    publish,
    reference,
    release,
    score,
    stats,
    tag,
    validate,
    verify,
)
from etabli.errors import DataError, UsageError

app = typer.Typer(
    name="etabli",
    help="Établi: annotated corpus and benchmark for French industry news.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(validate.validate)
app.command()(build.build)
app.command()(card.card)
app.command()(reference.reference)
app.command()(release.release)
app.command()(verify.verify)
app.command()(diff.diff)
app.command()(publish.publish)
app.command()(bench.bench)
app.command()(bench.tune)
app.command()(tag.tag)
app.command()(stats.stats)
app.command("probes")(probes.run)
app.command()(score.score)
app.command()(score.check)
app.command()(score.template)
app.command()(score.measures)
app.command()(leaderboard.submit)
app.command()(leaderboard.leaderboard)
app.command()(agreement.agreement)
app.command()(audit.audit)
app.command()(export.export)
app.command()(explore.explore)
app.add_typer(newsroom.app, name="newsroom")
app.add_typer(annotate.app, name="annotate")


def main() -> None:
    """Run a command; exit with 0, 1 for bad data, 2 for a wrong call, 130 when interrupted."""
    try:
        app()
    except DataError as error:
        print(error.report(), file=sys.stderr)
        sys.exit(1)
    except UsageError as error:
        print(f"etabli: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
