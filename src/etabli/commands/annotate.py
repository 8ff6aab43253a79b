"""`etabli annotate`: annotators at work in Label Studio, from pages to gold (annotations/README.md)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any

import platformdirs
import typer

from etabli import jsonl, sources
from etabli.documents import Annotation
from etabli.errors import UsageError
from etabli.labelstudio import adjudication, client, config, pull, push, server, store
from etabli.newsroom import settle

app = typer.Typer(
    help="Annotators at work in Label Studio: serve, push, pull, agreement, adjudicate.", no_args_is_help=True
)
screens = typer.Typer(help="The labelling screen, generated from schema/labels.json.", no_args_is_help=True)
app.add_typer(screens, name="config")
Root = Annotated[Path, typer.Option(help="The repository.")]
Project = Annotated[str, typer.Option(help="Title of the project on the server.")]
Layers = Annotated[str, typer.Option(help="Layers to compare, with commas.")]
SCREEN = Path("annotations/label_config.xml")
TITLE = "Etabli"


@screens.command("write")
def config_write(root: Root = Path()) -> None:
    """Write annotations/label_config.xml."""
    jsonl.write_text(root / SCREEN, config.render())
    print(root / SCREEN)


@screens.command("show")
def config_show(adjudicate: Annotated[bool, typer.Option(help="The adjudicator's screen.")] = False) -> None:
    """Print the screen's XML."""
    print(config.render(adjudicate), end="")


@screens.command("check")
def config_check(project: Project = TITLE) -> None:
    """Say whether a project's screen still asks for our labels."""
    held = client.connect()
    held.check_screen(held.need(project), project, config.render())
    print(f"« {project} »: the generated screen")


@screens.command("restore")
def config_restore(
    project: Project = TITLE, adjudicate: Annotated[bool, typer.Option(help="The adjudicator's screen.")] = False
) -> None:
    """Put the generated screen back into a project."""
    held = client.connect()
    held.set_screen(held.need(project), config.render(adjudicate))
    print(f"« {project} »: the screen is restored")


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.", min=1, max=65535)] = 8080,
    data: Annotated[Path | None, typer.Option(help="Folder of the server's database.")] = None,
    annotator: Annotated[
        list[str] | None, typer.Option(help="E-mail of an annotator to sign up; again for more.")
    ] = None,
) -> None:
    """Run a Label Studio server on this machine until Ctrl-C; installs it at first (about 3 minutes and 1 GB)."""
    if not server.free(port):
        raise UsageError(f"port {port} is taken on this machine; choose another with --port")
    label_studio = server.program()
    if label_studio is None:
        print(f"installing Label Studio {server.VERSION} into {server.environment()} (once)", flush=True)
        label_studio = server.install()
    folder = (data or Path(platformdirs.user_data_dir("etabli")) / "label-studio").resolve()
    print(f"starting Label Studio with the data of {folder}", flush=True)
    with server.running(folder, port, label_studio) as running:
        accounts = [server.lead(folder), *server.enrol(running.url, folder, annotator or [])]
        print(f"Label Studio is ready at {running.url}")
        for account in accounts:
            print(f"  {account.email}  password {account.password}")
        token = folder / "token"
        with jsonl.atomic(token) as temporary:
            temporary.touch(mode=0o600)
            temporary.write_text(accounts[0].token, encoding="utf-8")
        print("For the other commands:")
        print(f"  export {client.URL}={running.url} {client.TOKEN}=\"$(cat '{token}')\"")
        print("Ctrl-C stops it.", flush=True)
        code = running.wait()
        raise UsageError(f"the server stopped by itself ({code}); its log is {running.log}")


@app.command("push")
def push_pages(
    project: Project = TITLE,
    site: Annotated[list[str] | None, typer.Option(help="Pages of this site; again for more.")] = None,
    split: Annotated[list[str] | None, typer.Option(help="Pages of this split; again for more.")] = None,
    ids: Annotated[str, typer.Option(help="Page ids, with commas.")] = "",
    without: Annotated[str, typer.Option(help="Only pages that this layer does not have.")] = "",
    next_pages: Annotated[int | None, typer.Option("--next", min=1, help="The N pages to learn most from.")] = None,
    pre_annotate: Annotated[
        bool, typer.Option(help="Show what the baseline `crf` finds. It biases; it is recorded.")
    ] = False,
    annotators: Annotated[int, typer.Option(help="Annotators of each page.", min=1)] = 2,
    batch: Annotated[int, typer.Option(help="Pages in one request.", min=1)] = push.BATCH,
    root: Root = Path(),
) -> None:
    """Make pages into tasks; run again, it adds only what is missing."""
    held = client.connect()
    corpus = _corpus(root)
    done = store.read_layer(corpus, store.annotator(without)) if without else {}
    named = [one.strip() for one in ids.split(",") if one.strip()]
    chosen = push.choose(corpus, sites=site or (), splits=split or (), ids=named, done=done)
    if not chosen:
        raise UsageError("no page is left to push")
    texts = {page_id: corpus.texts[page_id] for page_id in chosen}
    if next_pages is not None:
        texts = _next(held, project, texts, next_pages)
    told, model = _told(texts) if pre_annotate else ({}, "")

    def step(count: int, total: int) -> None:
        print(f"{count}/{total} pages", flush=True)

    did = push.push(
        held, project, texts, guide=store.guide_version(root), annotators=annotators, model=model,
        told=told, batch=batch, step=step,
    )  # fmt: skip
    print(
        f"« {project} »: {did.added} pages added, {did.known} there already, {did.predicted} pre-annotations completed"
    )
    if did.other:
        print(f"{did.other} pages are there with another pre-annotation (or none) and stay as they are")
    print(f"{held.url}/projects/{did.project}/data")


def _corpus(root: Path) -> sources.Sources:
    """The corpus; pages that cannot be read are left to `etabli validate`."""
    return sources.read(root)


def _next(held: client.Server, project: str, texts: dict[str, str], number: int) -> dict[str, str]:
    from etabli.labelstudio import ordering  # loads the baselines

    found = held.find(project)
    there = held.tasks(found) if found is not None else {}
    ranked = ordering.order({page_id: text for page_id, text in texts.items() if page_id not in there})[:number]
    for one in ranked:
        print(f"{one.page_id}  {one.score:.3f}  uncertainty {one.uncertainty:.3f}  disagreement {one.disagreement:.3f}")
    return {one.page_id: texts[one.page_id] for one in ranked}


def _told(texts: dict[str, str]) -> tuple[dict[str, Annotation], str]:
    from etabli import loading, tagging  # loads the baselines
    from etabli.labelstudio.tasks import normal

    pages = list(texts.values())
    if not tagging.is_cached():
        print("fitting the baseline (once)", flush=True)
    annotations = [annotation for annotation, _ in tagging.models().annotate(pages)]
    told = {page_id: normal(texts[page_id], one) for page_id, one in zip(texts, annotations, strict=True)}
    return told, f"crf (corpus {loading.load().version})"


@app.command("pull")
def pull_layers(
    annotator: Annotated[list[str] | None, typer.Option(help="LAYER=E-MAIL, for instance a=alice@example.org.")] = None,
    project: Project = TITLE,
    pre_annotations: Annotated[str, typer.Option(help="Instead: the pre-annotations themselves, as this layer.")] = "",
    replace: Annotated[bool, typer.Option(help="Overwrite pages that a layer has from elsewhere.")] = False,
    root: Root = Path(),
) -> None:
    """Write submitted annotations to annotations/LAYER/; list what is wrong and write none of it."""
    layers = dict(_pair(one) for one in annotator or [])
    if bool(layers) == bool(pre_annotations):
        raise UsageError("name the annotators (--annotator a=alice@example.org) or a layer for --pre-annotations")
    held = client.connect()
    corpus = _corpus(root)
    if pre_annotations:
        found = pull.pre_annotations(held, corpus, project, store.annotator(pre_annotations))
    else:
        found = pull.pull(held, corpus, project, layers, replace)
    changed = pull.write(corpus, found)
    for layer, pages in found.pages.items():
        print(f"{layer}: {len(pages)} pages, {changed.get(layer, 0)} of them new or changed")
    _tell(found.notes)
    pull.raise_problems(found)


def _pair(said: str) -> tuple[str, str]:
    layer, equals, email = said.partition("=")
    if not equals or "@" not in email:
        raise UsageError(f"--annotator {said}: LAYER=E-MAIL is wanted, for instance a=alice@example.org")
    return store.annotator(layer), email


def _tell(notes: list[str]) -> None:
    for note in notes:
        print(f"note: {note}")


@app.command()
def agreement(
    layers: Layers = "a,b",
    out: Annotated[Path, typer.Option(help="The HTML report.")] = Path("agreement.html"),
    root: Root = Path(),
) -> None:
    """Agreement of two or more layers per layer and label, and a report with the pages side by side."""
    from etabli.labelstudio import report
    from etabli.scoring.tables import limits, number

    corpus = _corpus(root)
    names = _names(layers)
    found = report.figures(corpus, names)
    for (one, other), held in found.items():
        print(f"{one} / {other}: {held.pages} pages")
        for row in held.between:
            if row.label == "all":
                print(f"  {row.layer:<12} {row.measure:<22} {number(row.value)}  {limits(row.interval)}")
    jsonl.write_text(out, report.html(corpus, names, found))
    print(out)


def _names(layers: str) -> list[str]:
    return [store.annotator(name.strip()) for name in layers.split(",") if name.strip()]


@app.command()
def adjudicate(
    project: Project = f"{TITLE} gold",
    layers: Layers = "a,b",
    ids: Annotated[str, typer.Option(help="Page ids, with commas; all that have no gold, if none.")] = "",
    terminal: Annotated[str, typer.Option(help="Settle here instead; your name for the log.")] = "",
    root: Root = Path(),
) -> None:
    """Make the adjudication project: only differences are to be settled. Or settle them at the terminal."""
    held = None if terminal else client.connect()
    corpus = _corpus(root)
    named = [one.strip() for one in ids.split(",") if one.strip()]
    open_pages = push.choose(corpus, ids=named, done=() if named else corpus.layers[sources.GOLD])
    pages = adjudication.versions_of(corpus, _names(layers), open_pages)
    disputed = {page_id: versions for page_id, versions in pages.items() if adjudication.differ(versions)}
    print(f"{len(pages)} pages have {layers}; {len(disputed)} of them differ")
    if held is None:
        _at_terminal(corpus, disputed, terminal)
    elif disputed:
        did = adjudication.push_differences(held, project, corpus, disputed, store.guide_version(root))
        print(f"« {project} »: {did.added} pages added, {did.known} there already")
        print(f"{held.url}/projects/{did.project}/data")


def _at_terminal(corpus: sources.Sources, pages: dict[str, adjudication.Versions], name: str) -> None:
    guide, today = store.guide_version(corpus.root), dt.datetime.now(dt.UTC).date().isoformat()
    for page_id, versions in pages.items():
        text = corpus.texts[page_id]
        print(f"\n{page_id}\n{adjudication.listing(text, versions)}\n")
        given = [_ask(item, list(versions)) for item in _items(versions)]
        gold, lines = settle.settle(page_id, text, versions, given, adjudication.LAYERS)
        log = adjudication.gold_line(page_id, "human", f"terminal, {name}", today, guide)
        pull.raise_problems(store.check(page_id, text, gold, page_id, log))
        store.write_gold(corpus.root, corpus.texts, {page_id: store.Written(gold, log)}, lines)
        print(f"{page_id}: gold written, {len(lines)} decisions")


def _items(versions: adjudication.Versions) -> list[int | str]:
    heads = [
        layer
        for layer in ("topics", "main_topic")
        if len({getattr(version, layer) for version in versions.values()}) > 1
    ]
    return [*heads, *(item.number for item in settle.span_items(versions, adjudication.LAYERS))]


def _ask(item: int | str, names: list[str]) -> dict[str, Any]:
    others = ["none", "rows"] if isinstance(item, int) else ["set"]
    asked = f"{item}: {' / '.join([*names, *others])}"
    choice = typer.prompt(asked)
    while choice not in (*names, *others):
        choice = typer.prompt(f"« {choice} » is no choice; {asked}")
    told: dict[str, Any] = {"item": item, "choose": choice}
    if choice == "rows":
        told["rows"] = (
            typer.prompt("rows (line form; \\t for a tab, « | » between rows)").replace("\\t", "\t").split("|")
        )
    elif choice == "set":
        value = typer.prompt("value (topics with commas)", default="")
        told[str(item)] = [v.strip() for v in value.split(",") if v.strip()] if item == "topics" else value.strip()
    return {**told, "reason": typer.prompt("reason")}


@app.command("pull-gold")
def pull_gold(
    project: Project = f"{TITLE} gold",
    layers: Layers = "a,b",
    agreed: Annotated[bool, typer.Option("--agreed", help="Pages without a difference become gold, too.")] = False,
    root: Root = Path(),
) -> None:
    """Write settled pages and their reasons to annotations/gold/; list what is wrong and write none of it."""
    held = client.connect()
    corpus = _corpus(root)
    names = _names(layers)
    found = adjudication.pull_gold(held, corpus, project, names)
    pages = dict(found.pages)
    if agreed:
        open_pages = push.choose(corpus, done=corpus.layers[sources.GOLD])
        versions = adjudication.versions_of(corpus, names, open_pages)
        today = dt.datetime.now(dt.UTC).date().isoformat()
        pages |= adjudication.in_agreement(corpus, versions, today, store.guide_version(root))
    changed = store.write_gold(root, corpus.texts, pages, found.decisions) if pages else 0
    print(f"gold: {len(pages)} pages, {changed} of them new or changed, {len(found.decisions)} decisions")
    _tell(found.notes)
    pull.raise_problems(found.problems)
