"""The arrows of the house: who may import whom."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "src" / "etabli"
DATA = {"errors", "documents", "labels", "columns"}
TEXT = DATA | {"tokens", "marked", "lineform", "lines", "jsonl", "schemas", "schema"}

# What a part may import of ours, besides itself.
ARROWS = {
    "errors": set(),
    "documents": set(),
    "labels": set(),
    "columns": {"documents", "labels"},
    "tokens": {"documents"},
    "marked": {"documents", "labels"},
    "lineform": {"documents", "labels", "marked", "tokens"},
    "lines": {"documents", "labels"},
    "jsonl": {"errors"},
    "schemas": {"errors"},
    "near": set(),
    "sources": TEXT,
    "newsroom": TEXT | {"sources"},
    "validation": TEXT | {"sources", "near", "newsroom"},
    "records": {"documents"},
    "release": TEXT | {"records", "sources"},
    "loading": TEXT | {"records"},
    "stats": {"documents", "labels"},
    "render": {"documents", "labels"},
    "probes": {"documents", "labels", "stats"},
    "baselines": {"documents", "labels", "lines", "tokens"},
    "predictions": TEXT,
    "scoring": TEXT | {"predictions"},
    "gamma": TEXT,
    "audit": TEXT | {"scoring"},
    "agreement": TEXT | {"gamma", "sources", "scoring"},
    "board": TEXT | {"loading", "predictions", "render", "scoring"},
    "training": TEXT | {"baselines", "scoring"},
    "tagging": TEXT | {"baselines", "loading", "training"},
    "bench": TEXT | {"loading", "predictions", "scoring", "training"},
    "checksums": {"errors", "jsonl"},
    "versions": TEXT | {"sources"},
    "differences": TEXT | {"loading", "predictions", "scoring"},
    "hub": {"checksums", "errors"},
    "croissant": TEXT | {"release"},
    "datasheet": TEXT | {"loading", "probes", "release", "stats"},
    "cards": TEXT | {"croissant", "datasheet", "loading", "stats"},
    "export": TEXT,
    "explorer": TEXT | {"render", "stats"},
    "labelstudio": TEXT
    | {"agreement", "loading", "newsroom", "render", "scoring", "sources", "tagging", "training"}
    | {"validation"},
    "schema": set(),
    "data": set(),
    "__init__": {"loading", "tagging"},
}


def imports(path):
    """The parts of ours that a module imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "etabli":
            names = [f"etabli.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "etabli" and len(parts) > 1:
                yield parts[1]


def modules():
    for path in sorted(PACKAGE.glob("**/*.py")) + sorted(PACKAGE.glob("baselines/*.py")):
        yield path.relative_to(PACKAGE).with_suffix("").parts[0], path


def test_every_part_imports_only_what_stands_before_it():
    wrong = []
    for part, path in modules():
        if part in ("cli", "commands"):
            continue
        extra = set(imports(path)) - ARROWS[part] - {part}
        if extra:
            wrong.append(f"{path.relative_to(PACKAGE)} imports {', '.join(sorted(extra))}")
    assert wrong == []


def test_nobody_imports_the_command_line():
    for part, path in modules():
        if part not in ("cli", "commands"):
            assert not set(imports(path)) & {"cli", "commands"}, path


def test_no_module_is_too_long_to_read():
    long = [str(path) for path in PACKAGE.glob("**/*.py") if len(path.read_text(encoding="utf-8").split("\n")) > 420]
    assert long == []


def test_labels_are_declared_once():
    import json

    definitions = json.loads((PACKAGE / "schema" / "labels.json").read_text(encoding="utf-8"))["$defs"]
    for name, group in definitions.items():
        if name != "split":
            assert group["enum"] == list(group["labels"]), name
