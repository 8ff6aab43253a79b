"""A page and its annotation as Label Studio's task and results, both ways. No server here.

Offsets of results are half-open code points of `data.text`, as ours; `value.text` is never read. A region that
carries labels of both layers comes as two results with one id, so that the control's name decides the layer.

Rules on the way back: white space at the ends of a span is cut off, furniture of one class with only white
space between is joined, results that say the same twice count once. Nothing else is mended.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from etabli.documents import Annotation, Span, merge_blocks, overlaps
from etabli.errors import shorten
from etabli.labels import MAIN_TOPICS, TOPICS
from etabli.labelstudio.config import CONTROLS, REASONS, REMARKS, TEXT, title_of

Result = dict[str, Any]
LAYERS = ("entities", "boilerplate")


class ResultError(ValueError):
    """Results that are no annotation of the page. `defects` lists every one."""

    def __init__(self, defects: Sequence[str]) -> None:
        super().__init__("; ".join(defects))
        self.defects = list(defects)


@dataclass(frozen=True, slots=True)
class Read:
    """What results say: the annotation, the annotator's remarks, and reasons (adjudication), line by line."""

    annotation: Annotation
    remarks: str = ""
    reasons: tuple[str, ...] = ()


def task(page_id: str, text: str, **more: str) -> dict[str, Any]:
    """The `data` of a page's task. `doc_id` is what a second push looks up."""
    return {"doc_id": page_id, "text": text, **more}


def results(text: str, annotation: Annotation, locked: Iterable[Span] = ()) -> list[Result]:
    """An annotation as results. Spans in `locked` cannot be changed on the screen."""
    kept = set(locked)
    out = []
    for layer in LAYERS:
        for number, span in enumerate(getattr(annotation, layer)):
            value = {"start": span.start, "end": span.end, "labels": [span.label], "text": text[span.start : span.end]}
            one = _result(f"{layer}-{number}", layer, "labels", value)
            out.append({**one, "readonly": True} if span in kept else one)
    if annotation.topics:
        out.append(_result("topics", "topics", "choices", {"choices": list(annotation.topics)}))
    out.append(_result("main_topic", "main_topic", "choices", {"choices": [annotation.main_topic]}))
    return out


def _result(key: str, control: str, kind: str, value: dict[str, Any]) -> Result:
    return {"id": key, "from_name": control, "to_name": TEXT, "type": kind, "value": value}


def prediction(model: str, text: str, annotation: Annotation, locked: Iterable[Span] = ()) -> dict[str, Any]:
    """A prediction (pre-annotation) for a task, marked with its model."""
    return {"model_version": model, "result": results(text, annotation, locked)}


def normal(text: str, annotation: Annotation) -> Annotation:
    """The annotation under the rules of the way back: spans trimmed, furniture joined, both sorted."""
    entities = (trimmed(text, span) for span in annotation.entities)
    boilerplate = (trimmed(text, span) for span in annotation.boilerplate)
    return Annotation(
        annotation.topics,
        annotation.main_topic,
        tuple(sorted({span for span in entities if span})),
        merge_blocks(text, {span for span in boilerplate if span}),
    )


def trimmed(text: str, span: Span) -> Span | None:
    """The span without white space at its ends; None if nothing is left."""
    surface = text[span.start : span.end]
    kept = surface.strip()
    if not kept:
        return None
    start = span.start + len(surface) - len(surface.lstrip())
    return Span(start, start + len(kept), span.label)


def read(text: str, given: Any) -> Read:
    """What the results of one annotation say of the page. Raises `ResultError` with every defect."""
    defects: list[str] = []
    spans: dict[str, set[Span]] = {layer: set() for layer in LAYERS}
    chosen: dict[str, list[str]] = {}
    notes: dict[str, list[str]] = {}
    if not isinstance(given, list):
        raise ResultError(["results that are no list"])
    for one in given:
        control = one.get("from_name") if isinstance(one, dict) else None
        value = one.get("value") if isinstance(one, dict) else None
        if isinstance(one, dict) and one.get("type") == "relation":
            defects.append("a relation between regions")
        elif not isinstance(value, dict) or control not in (*CONTROLS, REMARKS, REASONS):
            defects.append(f"a result of an unknown control `{shorten(control)}`")
        elif control in LAYERS:
            defects += _take_span(text, control, value, spans[control])
        elif control in CONTROLS:
            defects += _take_choices(control, value, chosen)
        else:
            told = value.get("text", [])
            notes.setdefault(control, []).extend(map(str, told if isinstance(told, list) else [told]))
    topics = tuple(topic for topic in TOPICS if topic in chosen.get("topics", ()))
    main = chosen.get("main_topic", [])
    if len(main) != 1:
        defects.append(f"{len(main)} main topics, not one" if main else "no main topic")
    elif main[0] not in (*topics, "other"):
        defects.append(f"main topic `{main[0]}`, which is not among the page's topics ({', '.join(topics) or 'none'})")
    if not defects:
        found = Annotation(topics, main[0], tuple(spans["entities"]), tuple(spans["boilerplate"]))
        found = normal(text, found)
        defects += [f"{_say(text, one)} overlaps {_say(text, other)}" for one, other in overlaps(found.spans)]
    if defects:
        raise ResultError(defects)
    lines = tuple(line.strip() for note in notes.get(REASONS, ()) for line in note.split("\n") if line.strip())
    return Read(found, "\n".join(notes.get(REMARKS, ())).strip(), lines)


def _take_span(text: str, layer: str, value: dict[str, Any], into: set[Span]) -> list[str]:
    labels, start, end = value.get("labels"), value.get("start"), value.get("end")
    known = CONTROLS[layer][1]
    if not isinstance(labels, list) or len(labels) != 1:
        return [f"a region of {layer} with labels {shorten(labels)}, not one"]
    code = _code(layer, labels[0])
    if code not in known:
        return [f"unknown label `{shorten(labels[0])}` in {layer}"]
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(text):
        return [f"{code} at {shorten(start)}-{shorten(end)}, outside the page's {len(text)} characters"]
    span = Span(start, end, code)
    if trimmed(text, span) is None:
        return [f"{code} at {start}-{end}, on white space alone"]
    into.add(span)
    return []


def _take_choices(control: str, value: dict[str, Any], into: dict[str, list[str]]) -> list[str]:
    choices = value.get("choices")
    known = TOPICS if control == "topics" else MAIN_TOPICS
    if not isinstance(choices, list):
        return [f"{control} with no list of choices"]
    codes = [_code(control, choice) for choice in choices]
    wrong = [f"unknown choice `{shorten(code)}` in {control}" for code in codes if code not in known]
    held = into.setdefault(control, [])
    held += [code for code in codes if code not in held]
    return wrong


def _code(control: str, said: Any) -> str:
    """A label as stored: its code, or the French title (which some exports give back)."""
    for code in CONTROLS[control][1]:
        if said in (code, title_of(control, code)):
            return code
    return str(said)


def _say(text: str, span: Span) -> str:
    return f"{span.label} {span.start}-{span.end} «{shorten(text[span.start : span.end], 40)}»"
