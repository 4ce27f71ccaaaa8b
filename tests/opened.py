"""Tabs of the page in a browser, opened and waited for until they show what they open with."""

from __future__ import annotations

import os
import shutil

from playwright.sync_api import Page

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",  # the page paints in two dimensions only, and an imitated GPU takes longer than none
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",  # a camera that shows a green picture, and needs nobody's leave
    "--use-fake-ui-for-media-stream",
]
WAIT = 300_000  # ms; some models take long on a busy machine
CALM = "*, *::before, *::after { transition: none !important; animation: none !important; }"  # as CSS
# What a tab shows once it has opened, and how many of them.
OPENING = {
    "Sketch → Photo": ("#sketch-result img", 1),
    "Map ↔ Aerial": ("#maps-result img", 2),
    "Unpaired": ("#unpaired-result img", 2),
    "Age": ("#age-strip img", 20),
    "Sharpen": ("#sharpen-variants img", 5),
    "Text → Picture": ("#text-way .strip img", 9),
    "Latent space": ("#latent-strip .strip img", 9),
}
# Every picture that is seen is there, and none has changed for a while.
STILL = """() => {
    const seen = [...document.images].filter((image) => image.checkVisibility() && image.currentSrc);
    const now = seen.map((image) => image.currentSrc).join();
    if (now !== window.seenLast) { window.seenLast = now; window.seenSince = Date.now(); }
    return seen.every((image) => image.complete && image.naturalWidth) && Date.now() - window.seenSince > 300; }"""

# Both are asked with every frame of the page; `expect` asks after 0.1, 0.35 and 0.85 s, and then each second.
MANY = "([where, count]) => document.querySelectorAll(where).length === count"
CHANGED = """([where, name, before]) => {
    const node = [...document.querySelectorAll(where)].at(-1);
    return node !== undefined && node.getAttribute(name) !== before; }"""


def chromium() -> str | None:
    """The browser's path, if there is one."""
    return os.environ.get("CGAN_DEMO_CHROMIUM") or shutil.which("chromium")


def tabs(page: Page) -> list[str]:
    """The names of the page's tabs, in their order."""
    page.locator("#page-tabs [role=tab]").first.wait_for(timeout=WAIT)
    return page.locator("#page-tabs > .tab-wrapper [role=tab]").all_inner_texts()


def open_tab(page: Page, name: str) -> None:
    """Click the tab called so, and wait for what it opens with."""
    page.get_by_role("tab", name=name, exact=True).click()
    if name in OPENING:
        wait_many(page, *OPENING[name])
    settle(page)


def wait_many(page: Page, where: str, count: int) -> None:
    """Wait until there are `count` of these."""
    page.wait_for_function(MANY, arg=[where, count], timeout=WAIT)


def wait_changed(page: Page, where: str, name: str, before: str) -> None:
    """Wait until the last of these is there, and its attribute `name` is no longer `before`."""
    page.wait_for_function(CHANGED, arg=[where, name, before], timeout=WAIT)


def settle(page: Page) -> None:
    """Wait until no picture that is seen is missing or changes any more."""
    page.wait_for_function(STILL, timeout=WAIT, polling=100)
