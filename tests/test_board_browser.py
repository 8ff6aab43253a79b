"""The site in a real browser: Debian's chromium, driven by playwright. `make test-browser` runs these.

A machine without chromium fails here and is told what to do; nothing is skipped.
"""

import os
import shutil

import pytest

from etabli.board import output
from etabli.scoring.statistics import Sampling
from tests.board_maker import make_board

pytestmark = pytest.mark.browser
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = make_board(tmp_path_factory.mktemp("board"))
    output.write(root, output.make(root, Sampling(100)))
    return root / "leaderboard" / "site"


@pytest.fixture(scope="module")
def chromium():
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not path:
        pytest.fail("no chromium: run `.ci/install-chromium` (apt-get, as root), or name one in CHROMIUM")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        pytest.fail("no playwright: run `make test-browser`, or install the extra `browser`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, folder):
    """Opens a page of the site; at the end nothing may have gone wrong, been asked of a network or popped up."""
    opened, wrong = [], []

    def go(name, **options):
        page = chromium.new_context(**options).new_page()
        page.on("console", lambda message: wrong.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda asked: None if asked.url.startswith("file:") else wrong.append(asked.url))
        page.goto((folder / name).as_uri())
        opened.append(page)
        return page

    yield go
    for page in opened:
        page.context.close()
    assert wrong == []


def names(page):
    return page.locator("#table-entities tbody bdi").all_inner_texts()


def pages(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.html"))


def test_tables_are_sorted_by_click(visit):
    page = visit("index.html")
    given = names(page)
    head = page.locator("#table-entities thead th")
    head.nth(2).get_by_role("button").click()
    assert head.nth(2).get_attribute("aria-sort") == "descending"
    assert names(page) == given
    head.nth(2).get_by_role("button").click()
    assert head.nth(2).get_attribute("aria-sort") == "ascending"
    assert names(page)[0] == "Nothing"
    head.nth(0).get_by_role("button").click()
    assert head.nth(2).get_attribute("aria-sort") == "none"
    assert names(page)[:2] == ["Good", "Twin"]
    assert set(names(page)[-3:]) == {"Annotator a", "Annotator b", "Nothing"}  # no rank stays last
    head.nth(0).get_by_role("button").click()
    assert set(names(page)[-3:]) == {"Annotator a", "Annotator b", "Nothing"}


def test_everything_can_be_reached_and_used_by_keyboard(visit):
    page = visit("index.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    assert page.locator(".skip").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    button = page.locator("#table-entities thead button").nth(1)
    button.focus()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert names(page) == sorted(names(page), key=str.lower)
    page.locator("#table-entities a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/systems/*.html")
    page.locator("details:not([open]) > summary").first.focus()
    page.keyboard.press("Space")
    assert page.evaluate("document.activeElement.parentElement.open")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_a_phone_in_light_and_dark(visit, folder, scheme):
    for name in pages(folder):
        page = visit(name, viewport={"width": 360, "height": 700}, color_scheme=scheme)
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, name
        assert contrast(page, "body", "body") >= 7
        for selector in (".limits", ".kind", "a", ".flag", "mark.right", "mark.missed b"):
            if page.locator(f"main {selector}").count():
                assert contrast(page, f"main {selector}", "body") >= 4.5, (name, selector)


def contrast(page, ink, paper):
    """The WCAG contrast of the text of one element on the background of another."""
    read = "([s, p]) => getComputedStyle(document.querySelector(s))[p].match(/[\\d.]+/g).slice(0, 3).map(Number)"
    light = []
    for selector, style in ((ink, "color"), (paper, "backgroundColor")):
        parts = [value / 255 for value in page.evaluate(read, [selector, style])]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        light.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)
    return max(light) / min(light)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(visit, folder, scheme):
    from axe_playwright_python.sync_playwright import Axe

    for name in pages(folder):
        page = visit(name, color_scheme=scheme, bypass_csp=True)  # axe is a script put into the page
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        found = Axe().run(page, options={"resultTypes": ["violations"], "preload": False})
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"


def test_a_hostile_submission_shows_as_text(visit):
    page = visit("index.html")
    assert "<script>alert('name')</script> | [x](http://x) `y`" in names(page)
    page = visit("systems/hostile.html")
    page.wait_for_timeout(200)
    assert page.locator("h1").inner_text().startswith("<script>alert('name')</script>")
    assert "<img src=x onerror=alert(1)>" in page.locator("dl.card").inner_text()
    assert page.locator("img").count() == 0
    link = page.locator("dl.card a")
    assert link.get_attribute("href") == 'https://example.org/"onmouseover="alert(1)'
    link.hover()


def test_a_script_that_slipped_in_would_not_run(visit, folder, tmp_path):
    """The second fence: the page's policy names the hash of the one script."""
    text = (folder / "index.html").read_text(encoding="utf-8")
    (folder / "slipped.html").write_text(text.replace("</main>", "<script>window.slipped = 1</script></main>"))
    try:
        context = visit("index.html").context
        page = context.new_page()
        page.goto((folder / "slipped.html").as_uri())
        assert page.evaluate("window.slipped") is None
        assert page.locator("#table-entities thead button").first.is_enabled()  # the one script ran
    finally:
        (folder / "slipped.html").unlink()


def test_errors_stand_in_the_text_with_gold_beside(visit):
    page = visit("systems/half.html", viewport={"width": 1200, "height": 900})
    shown = page.locator("details.errors").first
    ours, gold = (shown.locator(".beside > div").nth(side) for side in (0, 1))
    assert gold.locator("mark.missed").count() == 5
    assert ours.locator("mark").count() == 0
    assert "<script>alert('page')</script> & suite" in ours.inner_text()
    left, right = ours.bounding_box(), gold.bounding_box()
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
    page.set_viewport_size({"width": 360, "height": 700})
    left, right = ours.bounding_box(), gold.bounding_box()
    assert left["y"] + left["height"] <= right["y"]


def test_figures_are_drawn(visit):
    page = visit("systems/good.html")
    assert page.locator("svg.plot circle").count() > 1
    box = page.locator("svg.interval .dot").first.bounding_box()
    assert box["width"] > 4
    page = visit("entities.html")
    assert page.locator("table.pairs .better").count() == page.locator("table.pairs .worse").count() > 0


def test_without_scripts_everything_is_there(visit):
    page = visit("index.html", java_script_enabled=False)
    assert len(names(page)) == 7
    assert page.locator("#table-entities thead button").first.is_disabled()
