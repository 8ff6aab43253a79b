"""An annotator at the labelling screen: headless Chromium, a real mouse and keyboard."""

from __future__ import annotations

import shutil
from contextlib import contextmanager

ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# The rectangle of the n-th place where a surface stands in the page's text, as the screen shows it.
FIND = r"""([surface, nth]) => {
  const box = document.querySelector('.lsf-richtext__container');
  const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
  const nodes = []; let text = '', node;
  while (node = walker.nextNode()) { nodes.push([node, text.length]); text += node.data; }
  surface = surface.replaceAll('\n', '');  // lines are elements of their own
  let at = -1;
  for (let i = 0; i <= nth; i++) at = text.indexOf(surface, at + 1);
  if (at < 0) return null;
  const place = (offset, last) => {
    const [held, start] = nodes.filter(([, start]) => start + last <= offset).pop();
    return [held, offset - start];
  };
  const range = document.createRange();
  range.setStart(...place(at, 0)); range.setEnd(...place(at + surface.length, 1));
  range.startContainer.parentElement.scrollIntoView({block: 'center'});
  const rects = [...range.getClientRects()].filter(r => r.width > 0), first = rects[0], last = rects[rects.length - 1];
  return [first.left, first.top + first.height / 2, last.right, last.top + last.height / 2];
}"""


@contextmanager
def screen(url: str, email: str, password: str):
    """A page of a browser in which somebody is logged in."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    assert chromium, "chromium is missing: apt-get install chromium"
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.route("**/heidi-tips*", lambda route: route.abort())
        page.goto(f"{url}/user/login/")
        page.fill("input[name=email]", email)
        page.fill("input[name=password]", password)
        page.click("button[type=submit]")
        page.wait_for_selector("text=Projects")
        yield page
        browser.close()


def stream(page, url: str, project: int) -> None:
    """The label stream: the next page that this annotator has not done."""
    page.goto(f"{url}/projects/{project}/data?labeling=1")


def shown(page, text: str) -> None:
    """Wait until the page whose text holds `text` is on the screen, and ready."""
    page.locator(".lsf-richtext__container", has_text=text).wait_for(timeout=60_000)
    page.wait_for_timeout(400)  # regions are drawn after the text


def drawn(page) -> None:
    """Wait until the regions of a prediction or an annotation are there, some time after the text."""
    page.locator("button[aria-label='Region control']").first.wait_for(state="attached", timeout=60_000)
    page.wait_for_timeout(400)


def give_reason(page, reason: str) -> None:
    """Write into the field under the labels and add it (Shift+Enter)."""
    field = page.locator(".etabli-tools textarea").first
    field.fill(reason)
    field.press("Shift+Enter")
    page.wait_for_timeout(300)


def mark(page, key: str, surface: str, nth: int = 0) -> None:
    """Choose a label by its key and drag over a surface."""
    page.mouse.move(700, 700)
    page.keyboard.press(key)
    left, top, right, bottom = page.evaluate(FIND, [surface, nth])
    page.mouse.move(left + 0.5, top)
    page.mouse.down()
    page.mouse.move((left + right) / 2, (top + bottom) / 2, steps=4)
    page.mouse.move(right - 0.5, bottom, steps=4)
    page.mouse.up()
    page.wait_for_timeout(250)
    page.keyboard.press("Escape")  # leave the region, so that the next key is a label again
    page.wait_for_timeout(100)


def press(page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(120)


def submit(page) -> None:
    """Submit and wait until the server has it."""
    with page.expect_response(lambda r: "/annotations" in r.url and r.request.method == "POST") as held:
        page.locator("button[aria-label='Submit current annotation']").click()
    assert held.value.ok, held.value.status
    page.wait_for_timeout(300)
