"""The labelling screen, generated from schema/labels.json: `annotations/label_config.xml`.

What is stored is the code (`alias`, and the label's value), what is read is the French title, with the
definition as a tooltip. Two `Labels` controls over one `Text` keep the layers apart; granularity is the
symbol, since words spoil French elisions.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from etabli.labels import BOILERPLATE, ENTITIES, MAIN_TOPICS, TOPICS, describe

TEXT = "text"
CONTROLS = {
    "topics": ("topic", TOPICS),
    "main_topic": ("main_topic", MAIN_TOPICS),
    "boilerplate": ("boilerplate", BOILERPLATE),
    "entities": ("entity", ENTITIES),
}
_TITLES = {
    "topics": "Thèmes (aucun, un ou plusieurs)",
    "main_topic": "Thème principal",
    "boilerplate": "Habillage, par blocs",
    "entities": "Entités, dans l'article seul",
}
REMARKS = "remarks"
REASONS = "reasons"
STYLE = """
.etabli { display: flex; gap: 16px; align-items: flex-start; }
.etabli-tools { flex: 0 0 300px; position: sticky; top: 0; max-height: 100vh; overflow-y: auto; }
.etabli-tools .lsf-labels { margin: 0 0 6px; }
.etabli-page { flex: 1 1 auto; max-width: 46em; }
.etabli-page .lsf-richtext__container { font-size: 16px; line-height: 1.7; }
.etabli-list { white-space: pre-wrap; }
.etabli-list * { font-size: 14px; font-weight: 400; line-height: 1.45; }
"""


def render(adjudication: bool = False) -> str:
    """The screen as XML. For adjudication it lists the differences and asks for reasons instead of remarks."""
    root = ET.Element("View")
    ET.SubElement(root, "Style").text = STYLE
    both = ET.SubElement(root, "View", className="etabli")
    tools = ET.SubElement(both, "View", className="etabli-tools")
    for control in CONTROLS:
        ET.SubElement(tools, "Header", value=_TITLES[control], size="5")
        tools.append(_control(control))
    name, title, rows = (
        (REASONS, "Motifs : « 3 : durée », une ligne par différence", "6")
        if adjudication
        else (REMARKS, "Remarques, doutes", "2")
    )
    ET.SubElement(tools, "Header", value=title, size="5")
    ET.SubElement(
        tools,
        "TextArea",
        name=name,
        toName=TEXT,
        rows=rows,
        editable="true",
        maxSubmissions="40" if adjudication else "1",
    )
    page = ET.SubElement(both, "View", className="etabli-page")
    if adjudication:
        ET.SubElement(page, "Header", value="Différences à trancher", size="4")
        listed = ET.SubElement(page, "View", className="etabli-list")
        ET.SubElement(listed, "Header", value="$differences", size="6")
    ET.SubElement(page, "Text", name=TEXT, value="$text", granularity="symbol", saveTextResult="yes")
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"


def _control(name: str) -> ET.Element:
    group, codes = CONTROLS[name]
    if name in ("topics", "main_topic"):
        choice = "multiple" if name == "topics" else "single-radio"
        element = ET.Element("Choices", name=name, toName=TEXT, choice=choice, showInline="true")
        if name == "main_topic":
            element.set("required", "true")
            element.set("requiredMessage", "Choisir le thème principal (ou « Autre »)")
        kind = "Choice"
    else:
        element = ET.Element("Labels", name=name, toName=TEXT, showInline="true")
        kind = "Label"
    for code in codes:
        entry = describe(group, code)
        child = ET.SubElement(element, kind, value=entry["fr"], alias=code, hotkey=entry["hotkey"])
        child.set("hint", entry["definition_fr"])
        if kind == "Label":
            child.set("background", entry["color"])
    return element


def controls(xml: str) -> dict[str, tuple[str, ...]]:
    """Of a screen, for each control its codes in order. `ValueError` for what is no screen."""
    if "<!DOCTYPE" in xml or "<!ENTITY" in xml:
        raise ValueError("a document type declaration")
    try:
        root = ET.fromstring(xml)  # noqa: S314 - entities are refused above
    except ET.ParseError as error:
        raise ValueError(f"broken XML ({error})") from None
    held: dict[str, tuple[str, ...]] = {}
    for element in root.iter():
        if element.tag in ("Choices", "Labels"):
            children = (child for child in element if child.tag in ("Choice", "Label"))
            codes = tuple(child.get("alias") or child.get("value") or "" for child in children)
            held[element.get("name", "")] = codes
        elif element.tag == "TextArea":
            held[element.get("name", "")] = ()
        elif element.tag == "Text":
            held[f"${element.get('name', '')}"] = (element.get("value", ""), element.get("granularity", ""))
    return held


def differences(found: str, expected: str) -> Iterator[str]:
    """What a server's screen has otherwise than ours, as far as annotations depend on it (colours do not)."""
    try:
        theirs = controls(found)
    except ValueError as error:
        yield f"a screen that cannot be read: {error}"
        return
    ours = controls(expected)
    for name, codes in ours.items():
        if name not in theirs:
            yield f"no control `{name}`"
        elif set(theirs[name]) != set(codes):
            extra, missing = sorted(set(theirs[name]) - set(codes)), sorted(set(codes) - set(theirs[name]))
            yield f"`{name}` with {', '.join(extra) or 'nothing'} more and {', '.join(missing) or 'nothing'} less"
    for name in theirs.keys() - ours.keys():
        yield f"an unknown control `{name}`"


def title_of(control: str, code: str) -> str:
    """The French title under which a code is shown."""
    return describe(CONTROLS[control][0], code)["fr"]
