"""`etabli newsroom`: the steps of corpus/PROCESS.md and annotations/PROCESS.md that a program does."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from etabli import audit as audited
from etabli import jsonl, lineform, marked, schemas, sources
from etabli.documents import Annotation
from etabli.errors import DataError, Problem, UsageError
from etabli.newsroom import compose as composing
from etabli.newsroom import drafts, handout, settle

app = typer.Typer(help="Compose pages, hand them to annotators, settle differences.", no_args_is_help=True)
Root = Annotated[Path, typer.Option(help="The repository.")]


@app.command()
def compose(
    folder: Annotated[Path, typer.Argument(help="Folder of drafts (*.md).")],
    when: Annotated[str, typer.Option(help="The day, YYYY-MM-DD.")],
    root: Root = Path(),
) -> None:
    """Set drafts into pages of their sites and add them to the corpus."""
    read = [drafts.read(path) for path in sorted(folder.glob("*.md"))]
    if not read:
        raise UsageError(f"{folder}: no drafts (*.md) here")
    corpus = sources.read(root)
    used = {int(page_id[4:]) for page_id in (*corpus.pages, *corpus.released)}
    free = [n for n in range(1, 100000) if n not in used][: len(read)]
    random.Random(f"{folder.name}{max(used, default=0)}").shuffle(free)
    heads: dict[str, list[str]] = {}
    for known in corpus.pages.values():
        heads.setdefault(known.split, []).append(known.title)
    for draft in read:
        if draft.site not in corpus.sites:
            raise DataError([Problem("draft", draft.name, f"site {draft.site}", "a site of corpus/sites", "")])
        heads.setdefault(corpus.sites[draft.site].value["split"], []).append(draft.title)
    since = jsonl.read_text(root / "corpus" / "VERSION").strip()
    done = []
    problems = []
    for draft, number in zip(read, free, strict=True):
        site = corpus.sites[draft.site].value
        page_id = f"etb-{number:05d}"
        template = root / "corpus" / "sites" / draft.site / "page.j2"
        page = composing.compose(draft, page_id, template, site, sorted(heads[site["split"]]))
        row = _metadata(draft, page_id, page, since)
        for where, found, expected in schemas.errors("page", row):
            problems.append(Problem("draft", draft.name, f"{where}: {found}", expected, "Mend the draft."))
        done.append((draft, row, page))
    if problems:
        raise DataError(problems)
    for draft, row, page in done:
        _add(root, draft.site, row, page, when)
        print(f"{row['id']}  {draft.site}  {draft.name}")


def _metadata(draft: drafts.Draft, page_id: str, page: composing.Composed, since: str) -> dict[str, Any]:
    return {
        "id": page_id,
        "title": page.title,
        "title_start": page.title_start,
        "title_end": page.title_end,
        "published": draft.published,
        "sector": draft.sector,
        "news_kind": draft.kind,
        "companies": list(draft.companies),
        "events": list(draft.events),
        "brief": draft.brief,
        "since": since,
    }


def _add(root: Path, site: str, row: dict[str, Any], page: composing.Composed, when: str) -> None:
    folder = root / "corpus" / "sites" / site
    page_id = row["id"]
    jsonl.write_text(folder / f"{page_id}.txt", page.text)
    path = folder / "pages.jsonl"
    rows = [held for _, held in jsonl.read(path)] if path.is_file() else []
    jsonl.write(path, sorted([*rows, row], key=lambda held: str(held["id"])))
    target = root / "annotations" / sources.CONSTRUCTION
    jsonl.write_text(target / f"{page_id}.txt", marked.render_body(page.text, page.furniture))
    log = target / "log.jsonl"
    lines = {held["id"]: held for _, held in jsonl.read(log)} if log.is_file() else {}
    lines[page_id] = _log(page_id, "program", "compose", None, when)
    jsonl.write(log, (lines[key] for key in sorted(lines)))


def _log(page_id: str, kind: str, run: str, guide: int | None, when: str) -> dict[str, Any]:
    return {
        "id": page_id,
        "kind": kind,
        "run": run,
        "guide": guide,
        "when": when,
        "lead_time": None,
        "pre_annotated": False,
        "remarks": "",
    }


def _part(ids: list[str], part: str) -> list[str]:
    """The i-th of n parts of `ids`, for `part` written i/n."""
    index, _, count = part.partition("/")
    return ids[int(index) - 1 :: int(count)]


@app.command()
def hand(
    out: Annotated[Path, typer.Argument(help="The annotator's folder, outside the repository.")],
    key: Annotated[Path, typer.Option(help="Where the key from names to ids goes.")],
    layer: Annotated[str, typer.Option(help="Annotator: a or b.")],
    part: Annotated[str, typer.Option(help="Which of the pages: i/n, the same for a and b.")] = "1/1",
    first: Annotated[str, typer.Option(help="Leave out pages with a lower id (handed out already).")] = "",
    root: Root = Path(),
) -> None:
    """Write the folder of a blind annotator: guide, brief and numbered pages under random names."""
    corpus = sources.read(root)
    missing = sorted(page_id for page_id in set(corpus.texts) - set(corpus.layers[layer]) if page_id >= first)
    chosen = _part(missing, part)
    folder = root / "annotations"
    documents = [folder / "GUIDE.md", folder / "CARD.md"]
    names = handout.hand_out(
        {page_id: corpus.texts[page_id] for page_id in chosen},
        documents,
        out,
        key,
        f"{layer}{part}{out.name}",
    )
    print(f"{out}: {len(names)} pages")


@app.command()
def audit(
    out: Annotated[Path, typer.Argument(help="The auditor's folder, outside the repository.")],
    key: Annotated[Path, typer.Option(help="Where the key from names to ids goes.")],
    pages: Annotated[int, typer.Option(help="How many pages of gold are drawn.", min=1)] = 60,
    seed: Annotated[str, typer.Option(help="What the draw depends on.")] = "audit",
    part: Annotated[str, typer.Option(help="Which of the drawn pages: i/n.")] = "1/1",
    root: Root = Path(),
) -> None:
    """Write the folder of an auditor: random pages with their gold as rows, no earlier decision."""
    corpus = sources.read(root)
    gold = corpus.layers[sources.GOLD]
    if pages > len(gold):
        raise UsageError(f"--pages {pages}: gold has {len(gold)} pages")
    drawn = sorted(random.Random(seed).sample(sorted(gold), pages))
    texts = {page_id: corpus.texts[page_id] for page_id in _part(drawn, part)}
    names = handout.hand_out(texts, [root / "annotations" / "GUIDE.md"], out, key, f"{seed}{part}{out.name}")
    ids = json.loads(jsonl.read_text(key))
    for name in names:
        rows = lineform.render(corpus.texts[ids[name]], gold[ids[name]].annotation)
        jsonl.write_text(out / "rows" / f"{name}.tsv", rows)
    print(f"{out}: {len(names)} pages")


@app.command()
def check(folder: Annotated[Path, typer.Argument(help="The annotator's folder.")]) -> None:
    """Say which rows of a handout cannot be placed, and what may deserve a second look."""
    problems, hints = handout.check(folder)
    for hint in hints:
        print(f"second look: {hint}")
    print(f"{len(hints)} places for a second look (candidates, not errors)")
    if problems:
        raise DataError(problems)


@app.command()
def collect(
    folder: Annotated[Path, typer.Argument(help="The annotator's folder.")],
    key: Annotated[Path, typer.Option(help="The key written by `hand`.")],
    layer: Annotated[str, typer.Option(help="Annotator: a or b; audit for an audit.")],
    run: Annotated[str, typer.Option(help="Who annotated, as the log says it.")],
    when: Annotated[str, typer.Option(help="The day, YYYY-MM-DD.")],
    guide: Annotated[int, typer.Option(help="Version of the guide.")],
    root: Root = Path(),
) -> None:
    """Take an annotator's rows into its layer, every page or none."""
    log = _log("", "language-model", run, guide, when)
    ids = handout.collect(root, folder, key, layer, log)
    print(f"{layer}: {len(ids)} pages")


def _versions(corpus: sources.Sources, page_id: str, names: list[str]) -> dict[str, Annotation]:
    return {name: corpus.layers[name][page_id].annotation for name in names}


def _layers(names: list[str]) -> list[str]:
    return ["boilerplate"] if sources.CONSTRUCTION in names else ["entities", "boilerplate"]


@app.command()
def differences(
    out: Annotated[Path, typer.Argument(help="The adjudicator's folder, outside the repository.")],
    key: Annotated[Path, typer.Option(help="Where the key from names to ids goes.")],
    versions: Annotated[str, typer.Option(help="Layers to compare.")] = "a,b",
    part: Annotated[str, typer.Option(help="Which of the pages to settle: i/n.")] = "1/1",
    first: Annotated[str, typer.Option(help="Leave out pages with a lower id (settled already).")] = "",
    root: Root = Path(),
) -> None:
    """Write what two layers differ in, page by page, for an adjudicator."""
    corpus = sources.read(root)
    names = versions.split(",")
    ready = {i for i in set.intersection(*(set(corpus.layers[name]) for name in names)) if i >= first}
    if sources.GOLD not in names:
        ready -= set(corpus.layers[sources.GOLD])
    chosen = _part(sorted(ready), part)
    told = {}
    for page_id in chosen:
        held = _versions(corpus, page_id, names)
        if sources.CONSTRUCTION in names:
            gold = held[sources.GOLD]
            other = held[sources.CONSTRUCTION]
            held[sources.CONSTRUCTION] = Annotation(gold.topics, gold.main_topic, (), other.boilerplate)
        text = settle.describe(corpus.texts[page_id], held, _layers(names))
        if text.strip() or sources.GOLD not in names:
            told[page_id] = (text, held)
    documents = [root / "annotations" / "GUIDE.md"]
    texts = {page_id: corpus.texts[page_id] for page_id in told}
    named = handout.hand_out(texts, documents, out, key, f"{versions}{part}{out.name}")
    ids = json.loads(jsonl.read_text(key))
    for name in named:
        text, held = told[ids[name]]
        jsonl.write_text(out / "differences" / f"{name}.txt", text)
        page = corpus.texts[ids[name]]
        common = {s for layer in _layers(names) for s in settle.agreed(held, layer)}
        one = next(iter(held.values()))
        shared = Annotation(
            one.topics,
            one.main_topic,
            tuple(sorted(s for s in common if s in one.entities)),
            tuple(sorted(s for s in common if s in one.boilerplate)),
        )
        jsonl.write_text(out / "agreed" / f"{name}.tsv", lineform.render(page, shared))
    (out / "decisions").mkdir(exist_ok=True)
    print(f"{out}: {len(named)} pages")


@app.command("settle")
def settle_pages(
    folder: Annotated[Path, typer.Argument(help="The adjudicator's folder.")],
    key: Annotated[Path, typer.Option(help="The key written by `differences`.")],
    run: Annotated[str, typer.Option(help="Who settled, as the log says it.")],
    when: Annotated[str, typer.Option(help="The day, YYYY-MM-DD.")],
    guide: Annotated[int, typer.Option(help="Version of the guide.")],
    versions: Annotated[str, typer.Option(help="Layers that were compared.")] = "a,b",
    dry_run: Annotated[bool, typer.Option(help="Only check the decisions.")] = False,
    root: Root = Path(),
) -> None:
    """Build gold from an adjudicator's decisions, every page or none."""
    corpus = sources.read(root)
    names = versions.split(",")
    ids: dict[str, str] = json.loads(jsonl.read_text(key))
    problems: list[Problem] = []
    settled: dict[str, Annotation] = {}
    lines: list[dict[str, Any]] = []
    for name, page_id in sorted(ids.items()):
        path = folder / "decisions" / f"{name}.jsonl"
        held = _versions(corpus, page_id, names)
        if sources.CONSTRUCTION in names:
            gold, other = held[sources.GOLD], held[sources.CONSTRUCTION]
            held[sources.CONSTRUCTION] = Annotation(gold.topics, gold.main_topic, (), other.boilerplate)
        try:
            decisions = [row for _, row in jsonl.read(path)] if path.is_file() else []
            settled[page_id], log = settle.settle(page_id, corpus.texts[page_id], held, decisions, _layers(names))
            lines += log
        except settle.SettleError as error:
            problems.append(Problem("decision", str(path), str(error), "decisions that apply", "Mend them."))
        except DataError as error:
            problems += error.problems
    if problems:
        raise DataError(problems)
    if dry_run:
        print(f"{len(settled)} pages can be settled")
        return
    if sources.AUDIT in names:
        _keep_audit(root, corpus, settled, run)
    _write_gold(root, corpus, settled, lines, _log("", "language-model", run, guide, when), names)
    print(f"gold: {len(settled)} pages, {len(lines)} decisions")


def _keep_audit(root: Path, corpus: sources.Sources, settled: dict[str, Annotation], run: str) -> None:
    """Count what was wrong in the settled pages, and the audited pages of which nothing was said."""
    gold = {page_id: held.annotation for page_id, held in corpus.layers[sources.GOLD].items()}
    read = {page_id: held.annotation for page_id, held in corpus.layers[sources.AUDIT].items()}
    kept = audited.read(root)
    after = {i: one for i, one in read.items() if one == gold[i] and i not in kept} | settled
    audited.keep(root, {i: audited.compare(corpus.texts[i], gold[i], one) for i, one in after.items()}, run)


def _write_gold(
    root: Path,
    corpus: sources.Sources,
    settled: dict[str, Annotation],
    lines: list[dict[str, Any]],
    log: dict[str, Any],
    names: list[str],
) -> None:
    target = root / "annotations" / sources.GOLD
    for page_id, annotation in settled.items():
        jsonl.write_text(target / f"{page_id}.txt", marked.render(corpus.texts[page_id], annotation))
    path = target / "decisions.jsonl"
    kept = [row for _, row in jsonl.read(path)] if path.is_file() else []
    jsonl.write(path, sorted(kept + lines, key=_decision_order))  # later decisions on a place stay behind earlier ones
    if sources.GOLD not in names:
        path = target / "log.jsonl"
        rows = {row["id"]: row for _, row in jsonl.read(path)} if path.is_file() else {}
        rows |= {page_id: {**log, "id": page_id} for page_id in settled}
        jsonl.write(path, (rows[key] for key in sorted(rows)))


def _decision_order(row: dict[str, Any]) -> tuple[Any, ...]:
    return (row["id"], row["layer"], row.get("start", -1), row.get("end", -1))


@app.command("preview")
def preview(
    site: Annotated[str, typer.Argument(help="The site's code.")],
    draft: Annotated[Path, typer.Argument(help="A draft.")],
    seed: Annotated[str, typer.Option(help="Page id that seeds the draws.")] = "etb-00000",
    root: Root = Path(),
) -> None:
    """Print a draft as a page of a site, in the inline form, and its share of furniture."""
    folder = root / "corpus" / "sites" / site
    config = yaml.safe_load(jsonl.read_text(folder / "site.yaml"))
    heads = [page.title for page in sources.read(root).pages.values()]
    page = composing.compose(drafts.read(draft), seed, folder / "page.j2", config, heads)
    print(marked.render_body(page.text, page.furniture))
    share = sum(span.end - span.start for span in page.furniture) / len(page.text)
    print(f"--- {share:.0%} of the characters are furniture")
