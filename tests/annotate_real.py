"""The round trip for real: a Label Studio server, two annotators in a browser, gold at the end.

Run by `make test-annotate` (not by `make test`: it installs a server). Steps build on one another, in the order
of the file; the time of each is printed.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from etabli import jsonl, marked
from etabli.documents import Annotation, Span
from etabli.labelstudio import client, config, server, tasks
from tests import annotate_browser as browser
from tests.annotate_maker import make_pages

ALICE, BOB = "alice@example.org", "bob@example.org"
PROGRAM = str(Path(sys.executable).with_name("etabli"))
GIGAVOLT = "etb-00003"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class World:
    """A repository, a server run by `etabli annotate serve`, and the commands of a lead."""

    def __init__(self, folder):
        self.root = make_pages(folder / "repo")
        self.data = folder / "server"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None

    def serve(self):
        call = [PROGRAM, "annotate", "serve", "--port", str(self.port), "--data", str(self.data)]
        call += ["--annotator", ALICE, "--annotator", BOB]
        self.process = subprocess.Popen(call, stdout=subprocess.PIPE, text=True, start_new_session=True)
        said = ""
        for line in self.process.stdout:
            said += line
            if "Ctrl-C" in line:
                return said
        raise AssertionError(f"serve ended: {said}")

    def server_pids(self):
        """The server's own processes (children of `serve`)."""
        found = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False)
        return [int(pid) for pid in found.stdout.split()]

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)

    def password(self, email):
        return json.loads((self.data / "accounts.json").read_text(encoding="utf-8"))[email]["password"]

    def environment(self, **other):
        token = (self.data / "token").read_text(encoding="utf-8")
        return {**os.environ, client.URL: self.url, client.TOKEN: token, **other}

    def run(self, *arguments, code=0, **other):
        """Run `etabli annotate …` at the repository; its output, both streams."""
        call = [PROGRAM, *arguments]
        done = subprocess.run(
            call, cwd=self.root, env=self.environment(**other), capture_output=True, text=True, check=False, timeout=600
        )
        said = done.stdout + done.stderr
        assert done.returncode == code, f"{arguments}: {done.returncode}\n{said}"
        assert "Traceback" not in said
        return said

    def sdk(self):
        os.environ.update({key: self.environment()[key] for key in (client.URL, client.TOKEN)})
        return client.connect()

    def files(self):
        return {str(p.relative_to(self.root)): p.read_bytes() for p in self.root.rglob("*") if p.is_file()}

    def layer(self, name, page_id):
        return marked.parse(jsonl.read_text(self.root / "annotations" / name / f"{page_id}.txt"))[1]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    held = World(tmp_path_factory.mktemp("annotate"))
    yield held
    held.stop()


@pytest.fixture(autouse=True)
def step(request):
    """Prints how long each step took."""
    begun = time.monotonic()
    yield
    print(f"  [{time.monotonic() - begun:6.1f} s] {request.node.name}", flush=True)


def test_serve_starts_a_server_and_signs_up_two_annotators(world):
    said = world.serve()
    assert world.url in said
    assert ALICE in said
    assert BOB in said
    assert (world.data / "accounts.json").stat().st_mode & 0o077 == 0
    assert (world.data / "token").stat().st_mode & 0o077 == 0
    listening = Path("/proc/net/tcp").read_text(encoding="ascii")
    assert f"0100007F:{world.port:04X}" in listening
    assert f"00000000:{world.port:04X}" not in listening


def test_serve_refuses_the_port_that_is_taken(world):
    said = world.run("annotate", "serve", "--port", str(world.port), "--data", str(world.data), code=2)
    assert f"port {world.port} is taken" in said


def test_push_twice_doubles_nothing(world):
    assert "6 pages added, 0 there already" in world.run("annotate", "push")
    assert "0 pages added, 6 there already" in world.run("annotate", "push")
    held = world.sdk()
    assert len(held.tasks(held.need("Etabli"))) == 6


def test_pull_before_anyone_worked_writes_nothing(world):
    before = world.files()
    assert "a: 0 pages" in world.run("annotate", "pull", "--annotator", f"a={ALICE}")
    assert world.files() == before


def text_of(world, page_id):
    return next((world.root / "corpus/sites").rglob(f"{page_id}.txt")).read_bytes().decode()


def annotate(world, page, who):
    """The six pages in the label stream, in their order."""
    held = world.sdk()
    browser.stream(page, world.url, held.need("Etabli"))
    alice = who == "alice"
    browser.shown(page, "Voltabri")
    browser.mark(page, "n", "Accueil\nIndustrie" if alice else "Accueil")
    browser.mark(page, "o", "Voltabri")
    browser.mark(page, "l", "Dole")
    browser.press(page, "1", "7")
    browser.submit(page)
    browser.shown(page, "Armorgel")
    browser.mark(page, "o", "Armorgel ")  # the space is trimmed on the way back
    browser.press(page, "2", "8")
    browser.submit(page)
    browser.shown(page, "Gigavolt")
    browser.mark(page, "o", "Gigavolt")  # behind an emoji and a flag
    browser.mark(page, "l", "Lens")
    if alice:
        browser.mark(page, "d", "2024")
    browser.press(page, "1", "7")
    browser.submit(page)
    browser.shown(page, "Hydrolia")
    browser.mark(page, "m", "40 millions d'euros")
    browser.press(page, "2", "8")
    browser.submit(page)
    browser.shown(page, "Pecheval")
    browser.mark(page, "l", "Se\u0301te")
    browser.press(page, "0")
    browser.submit(page)
    browser.shown(page, "Solvor")
    browser.mark(page, "o" if alice else "r", "Solvor")
    browser.press(page, *(("3", "9") if alice else ("0",)))
    browser.submit(page)


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_an_annotator_works_through_the_pages_in_a_browser(world, who):
    email = {"alice": ALICE, "bob": BOB}[who]
    with browser.screen(world.url, email, world.password(email)) as page:
        annotate(world, page, who)


def test_pull_writes_both_layers_with_exact_offsets(world):
    said = world.run("annotate", "pull", "--annotator", f"a={ALICE}", "--annotator", f"b={BOB}")
    assert "a: 6 pages, 6 of them new or changed" in said
    assert "b: 6 pages, 6 of them new or changed" in said
    text = text_of(world, GIGAVOLT)
    surfaces = [(span.label, text[span.start : span.end]) for span in world.layer("a", GIGAVOLT).spans]
    assert surfaces == [("ORG", "Gigavolt"), ("LOC", "Lens"), ("DATE", "2024")]
    assert world.layer("a", GIGAVOLT).entities[0] == Span(text.index("Gigavolt"), text.index("Gigavolt") + 8, "ORG")
    assert world.layer("a", GIGAVOLT).topics == ("industrialization",)
    one = text_of(world, "etb-00001")
    assert [one[s.start : s.end] for s in world.layer("a", "etb-00001").boilerplate] == ["Accueil\nIndustrie"]
    assert [s.end - s.start for s in world.layer("a", "etb-00002").entities] == [len("Armorgel")]
    five = text_of(world, "etb-00005")
    assert [five[s.start : s.end] for s in world.layer("a", "etb-00005").entities] == ["Se\u0301te"]
    rows = [row for _, row in jsonl.read(world.root / "annotations/a/log.jsonl")]
    assert len(rows) == 6
    assert all(row["kind"] == "human" and row["guide"] == 2 and not row["pre_annotated"] for row in rows)
    assert all(row["lead_time"] > 0 for row in rows)
    assert "0 of them new or changed" in world.run("annotate", "pull", "--annotator", f"a={ALICE}")


def test_agreement_shows_the_two_side_by_side(world):
    said = world.run("annotate", "agreement", "--out", "report.html")
    assert "a / b: 6 pages" in said
    page = (world.root / "report.html").read_text(encoding="utf-8")
    assert page.count('<div class="page">') == 12
    (world.root / "report.html").unlink()


def test_adjudicate_pushes_only_the_pages_that_differ(world):
    said = world.run("annotate", "adjudicate")
    assert "6 pages have a,b; 3 of them differ" in said
    assert "3 pages added" in said
    assert "0 pages added, 3 there already" in world.run("annotate", "adjudicate")


def test_gold_without_reasons_is_listed_and_not_written(world):
    held = world.sdk()
    project = held.need("Etabli gold")
    listed = held.tasks(project)
    with browser.screen(world.url, server.LEAD, world.password(server.LEAD)) as page:
        browser.stream(page, world.url, project)
        browser.shown(page, "Voltabri")
        browser.drawn(page)
        browser.submit(page)
    before = world.files()
    said = world.run("annotate", "pull-gold", code=1)
    assert "no reason for 1" in said
    assert f"{world.url}/projects/{project}/data?task={listed['etb-00001']['id']}" in said
    assert "etb-00006 is not settled yet" in said
    assert world.files() == before
    for row in held.export(project):  # the lead deletes it, and finds the page in the stream again
        for annotation in row["annotations"]:
            held._sdk.annotations.delete(id=annotation["id"])


def test_the_lead_settles_the_differences_in_a_browser(world):
    held = world.sdk()
    project = held.need("Etabli gold")
    with browser.screen(world.url, server.LEAD, world.password(server.LEAD)) as page:
        browser.stream(page, world.url, project)
        for sign in ("Voltabri", "Gigavolt", "Solvor"):
            browser.shown(page, sign)
            browser.drawn(page)
            browser.give_reason(page, "règle de l'ensemble")
            browser.submit(page)
    said = world.run("annotate", "pull-gold", "--agreed")
    assert "gold: 6 pages" in said
    assert world.layer("gold", GIGAVOLT) == world.layer("a", GIGAVOLT)
    decisions = [row for _, row in jsonl.read(world.root / "annotations/gold/decisions.jsonl")]
    assert {row["id"] for row in decisions} == {"etb-00001", GIGAVOLT, "etb-00006"}
    assert {row["reason"] for row in decisions} == {"règle de l'ensemble"}


def test_the_corpus_is_valid_at_the_end(world):
    assert "no problems" in world.run("validate")


def test_a_pre_annotation_comes_back_exactly(world):
    told = {}
    for page_id in ("etb-00001", GIGAVOLT, "etb-00005"):
        told[page_id] = world.layer("a", page_id)
    from etabli.labelstudio import push

    texts = {page_id: text_of(world, page_id) for page_id in told}
    held = world.sdk()
    push.push(held, "Pre", texts, guide=2, model="m", told=told)
    world.run("annotate", "pull", "--project", "Pre", "--pre-annotations", "model")
    assert {page_id: world.layer("model", page_id) for page_id in told} == told
    rows = [row for _, row in jsonl.read(world.root / "annotations/model/log.jsonl")]
    assert all(row["pre_annotated"] and row["kind"] == "program" for row in rows)


def test_bad_results_on_the_server_are_listed_and_written_nowhere(world):
    held = world.sdk()
    project = held.create("Bad", config.render())
    text = text_of(world, GIGAVOLT)
    bad = [{"id": "x", "from_name": "entities", "to_name": "text", "type": "labels",
            "value": {"start": 3, "end": 9999, "labels": ["ORG"]}}]  # fmt: skip
    accounts = {email: key for key, email in held.accounts().items()}
    good = tasks.results(text, Annotation())
    held.add(project, [
        {"data": tasks.task(GIGAVOLT, text), "annotations": [{"result": bad, "completed_by": accounts[ALICE]}]},
        {"data": tasks.task("etb-00005", text_of(world, "etb-00005")),
         "annotations": [{"result": good, "completed_by": accounts[ALICE], "was_cancelled": True}]},
        {"data": tasks.task("etb-00004", "autre texte"), "annotations": [{"result": good}]},
    ])  # fmt: skip
    before = world.files()
    said = world.run("annotate", "pull", "--project", "Bad", "--annotator", f"c={ALICE}", code=1)
    assert re.search(r"/projects/\d+/data\?task=\d+: \[etb-00003\].*outside the page", said)
    assert "no main topic" in said
    assert "etb-00005 skipped by alice@example.org" in said
    assert "text is not the page's" in said
    assert world.files() == before


def test_a_screen_changed_by_hand_stops_push_and_pull(world):
    held = world.sdk()
    project = held.need("Pre")
    held.set_screen(project, config.render().replace('alias="ORG"', 'alias="FIRM"'))
    before = world.files()
    for command in (("push", "--project", "Pre"), ("pull", "--project", "Pre", "--annotator", f"c={ALICE}")):
        said = world.run("annotate", *command, code=1)
        assert "FIRM more and ORG less" in said
        assert "config restore --project 'Pre'" in said
    world.run("annotate", "config", "restore", "--project", "Pre")
    world.run("annotate", "config", "check", "--project", "Pre")
    assert world.files() == before


def test_wrong_token_unreachable_server_and_deleted_project_say_so(world):
    before = world.files()
    pull = ("annotate", "pull", "--annotator", f"a={ALICE}")
    assert "token in LABEL_STUDIO_API_KEY is refused (401)" in world.run(*pull, code=2, LABEL_STUDIO_API_KEY="x" * 40)
    nowhere = f"http://127.0.0.1:{free_port()}"
    assert "no server answers there" in world.run(*pull, code=2, LABEL_STUDIO_URL=nowhere)
    assert "not set" in world.run(*pull, code=2, LABEL_STUDIO_URL="")
    held = world.sdk()
    held._sdk.projects.delete(id=held.need("Bad"))
    said = world.run("annotate", "pull", "--project", "Bad", "--annotator", f"a={ALICE}", code=2)
    assert "no project « Bad »: was it deleted" in said
    assert world.files() == before


def test_a_server_killed_in_mid_push_and_restarted_gets_the_rest(world):
    call = [PROGRAM, "annotate", "push", "--project", "Killed", "--batch", "1"]
    pushing = subprocess.Popen(
        call, cwd=world.root, env=world.environment(PYTHONUNBUFFERED="1"), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert pushing.stdout.readline().startswith("1/6")
    for pid in world.server_pids():
        os.killpg(pid, signal.SIGKILL)
    _, said = pushing.communicate(timeout=120)
    assert pushing.returncode == 2
    assert len(said.strip().split("\n")) == 1, said
    assert "run the command again" in said or "no server answers" in said
    world.process.wait(60)
    world.serve()
    again = world.run("annotate", "push", "--project", "Killed")
    held = world.sdk()
    assert len(held.tasks(held.need("Killed"))) == 6
    assert int(re.search(r"(\d) there already", again)[1]) >= 1


def test_serve_stops_cleanly(world):
    children = world.server_pids()
    assert children
    world.stop()
    assert server.free(world.port)
    assert not any(Path(f"/proc/{pid}").exists() for pid in children)
