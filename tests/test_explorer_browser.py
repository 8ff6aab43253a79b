"""The explorer in a real browser, from `file://`: search over 5,000 pages, keyboard, phone, dark mode, axe-core."""

import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest

from etabli import explorer, loading
from etabli.explorer import origins
from etabli.render import html_page

pytestmark = pytest.mark.browser
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
NUMBER = 5000
QUICK = 1.0  # seconds for what a reader waits for, on a busy machine


@pytest.fixture(scope="module")
def browser():
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not path:
        pytest.fail("no chromium: apt-get install chromium, or name one in CHROMIUM")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        pytest.fail("no playwright: run `make test-browser`, or install the extra `browser`")
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The release over and over until it has 5,000 pages; only the first pages are written out."""
    held = loading.load().records
    known = origins.read(Path(__file__).parent.parent, held)
    many = [
        replace(held[i % len(held)], page=replace(held[i % len(held)].page, id=f"etb-{i + 1:05}"))
        for i in range(NUMBER)
    ]
    out = tmp_path_factory.mktemp("explorer")
    kept = len(held)
    explorer.write(out, explorer.files(many[:kept], "0.1.0", known))
    some = {record.id: 0 for record in many}
    (out / "data/index.js").write_text(explorer.index.script(many, "0.1.0", known, some), encoding="utf-8")
    return out


@pytest.fixture
def page(browser, site):
    """A tab that fails the test on any error of a script and any request beyond the folder."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    opened = context.new_page()
    wrong = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    opened.on("request", lambda r: wrong.append(r.url) if not r.url.startswith(("file:", "data:")) else None)
    opened.goto(f"file://{site}/index.html")
    yield opened
    context.close()
    assert wrong == []


def text(page, selector):
    return page.locator(selector).inner_text().replace("\u202f", "").replace("\u00a0", "")


def test_five_thousand_pages_are_searched_at_once(page, site):
    start = time.perf_counter()
    page.goto(f"file://{site}/index.html#order=id")
    page.reload()
    page.wait_for_function("document.querySelectorAll('#results li').length === 50")
    assert time.perf_counter() - start < 3 * QUICK
    assert text(page, "#count") == "5000 pages"
    start = time.perf_counter()
    page.fill("#q", "etb-04999")
    page.wait_for_function("document.querySelectorAll('#results li').length === 1")
    assert time.perf_counter() - start < QUICK
    assert text(page, "#count") == "1 page"
    page.fill("#q", "no page says this")
    page.wait_for_function("document.querySelector('#count').textContent === '0 page'")


def test_filters_live_in_the_address_and_come_back(page):
    page.select_option("#topic", "financing")
    page.select_option("#split", "train")
    page.wait_for_function("location.hash.includes('topic=financing') && location.hash.includes('split=train')")
    number = int(text(page, "#count").split(" ")[0])
    held = loading.load()
    expected = sum(
        "financing" in held[i % len(held)].gold.topics and held[i % len(held)].page.split == "train"
        for i in range(NUMBER)
    )
    assert number == expected
    page.goto("about:blank")
    page.go_back()
    page.wait_for_function(f"document.querySelector('#count').textContent.startsWith('{str(expected)[0]}')")
    assert page.locator("#topic").input_value() == "financing"
    page.click("button[type=reset]")
    page.wait_for_function("!location.hash")
    assert text(page, "#count") == "5000 pages"


def test_accents_and_case_do_not_matter(page):
    page.fill("#q", "LEVEE")
    page.wait_for_function("location.hash.includes('LEVEE')")
    plain = text(page, "#count")
    page.fill("#q", "levée")
    page.wait_for_function("location.hash.includes('%C3%A9')")
    assert text(page, "#count") == plain


def test_the_keyboard_goes_from_search_to_a_page_and_on(page, site):
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("etb-00002")
    page.wait_for_function("document.querySelectorAll('#results li').length === 1")
    page.keyboard.press("Tab")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/pages/etb-00002.html")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**/pages/etb-00003.html")
    page.keyboard.press("c")
    assert page.is_checked("#compare")
    page.keyboard.press("m")
    assert page.locator("mark.furniture").first.is_hidden()
    page.click("#home")
    page.wait_for_function("document.querySelector('#q').value === 'etb-00002'")


def test_annotators_stand_side_by_side_where_they_differ(page, site):
    differing = next(p for p in sorted((site / "pages").iterdir()) if 'class="l differs"' in p.read_text("utf-8"))
    page.goto(f"file://{differing}")
    line = page.locator(".differs").first
    assert line.locator(".blind").first.is_hidden()
    page.check("#compare")
    boxes = [cell.bounding_box() for cell in line.locator(":scope > div").all()]
    assert len(boxes) == 3
    assert len({box["y"] for box in boxes}) == 1
    assert page.locator(".diff mark").first.is_visible()
    page.check("#only")
    assert page.locator(".l:not(.differs)").first.is_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1200, 900), (360, 740)])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(browser, site, tmp_path, scheme, width, height):
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    opened = context.new_page()
    tagged = tmp_path / "tagged.html"
    record = loading.load()[0]
    tagged.write_text(html_page("A page", record.text, record.gold, {"financing": 0.5}), encoding="utf-8")
    for path in [site / "index.html", site / "totaux.html", tagged, *sorted((site / "pages").iterdir())[:4]]:
        opened.goto(f"file://{path}")
        opened.wait_for_selector("h1")
        for box in opened.locator("#compare").all():
            box.check()
        opened.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        found = Axe().run(opened, options={"resultTypes": ["violations"], "preload": False})
        assert found.violations_count == 0, found.generate_report()
        assert opened.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
