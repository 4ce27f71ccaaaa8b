"""Pictures of every tab of the page, with the bundled weights, as a browser shows them.

python tests/screens.py FOLDER [--only map age ...] [--themes light dark] [--widths 1280 390]
python tests/screens.py assets --readme        # the README's pictures

Writes FOLDER/NAME-THEME-WIDTH.png of the whole page, or, for the README, NAME.jpg and NAME-dark.jpg of its top.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from opened import CALM, FLAGS, WAIT, chromium, open_tab, settle, tabs
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

HEIGHT = 1000  # px of the window
HOUSE = "house"  # the second picture of the tab that paints house fronts
TOP = 975  # px of the page that the README shows, and where it ends elsewhere
TOPS = {"map": 920, "age": 1290, "sharpen": 955, "text": 780}
QUALITY = 84  # of JPEG


@contextmanager
def served() -> Iterator[str]:
    """The address of the page, as `python app.py` shows it, at any free port."""
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from cgan_demo import load
    from cgan_demo.ui.page import build_page, launch_options

    page = build_page(load=load)
    _, url, _ = page.launch(server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, **launch_options())
    yield url
    page.close()


def slug(tab: str) -> str:
    """Map ↔ Aerial -> map."""
    return tab.split()[0].lower()


def scenes(page: Page, only: list[str] | None) -> Iterator[str]:
    """Opens one tab after the other; yields what each is called in file names."""
    for tab in tabs(page):
        name = slug(tab)
        wanted = [n for n in ((name, HOUSE) if name == "sketch" else (name,)) if only is None or n in only]
        if wanted:
            open_tab(page, tab)
        for each in wanted:
            if each == HOUSE:
                _house(page)
            yield each


def _house(page: Page) -> None:
    before = page.locator("#sketch-result img").get_attribute("src") or ""
    page.locator("#sketch-subject").get_by_text("House front").click()
    expect(page.locator("#sketch-result img")).not_to_have_attribute("src", before, timeout=WAIT)


def look(page: Page, theme: str, width: int) -> None:
    """Show the page in this theme and width, from its top."""
    page.set_viewport_size({"width": width, "height": HEIGHT})
    page.evaluate("(dark) => document.body.classList.toggle('dark', dark)", theme == "dark")
    page.evaluate("() => { document.activeElement?.blur(); scrollTo(0, 0); }")
    page.mouse.move(1, 1)
    page.wait_for_timeout(300)  # ms; Gradio lays its sliders out anew
    settle(page)


def top(path: Path, name: str) -> None:
    """The README's picture out of that of the whole page."""
    picture = Image.open(path).convert("RGB")
    picture = picture.crop((0, 0, picture.width, min(picture.height, TOPS.get(name, TOP))))
    picture.save(path.with_suffix(".jpg"), quality=QUALITY, optimize=True, progressive=True)
    path.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="+", help="map, sketch, house, age, sharpen, text, latent; all that there are")
    parser.add_argument("--themes", nargs="+", default=["light", "dark"], choices=["light", "dark"])
    parser.add_argument("--widths", nargs="+", type=int, default=[1280], help="px")
    parser.add_argument("--readme", action="store_true", help="as the README shows them")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with served() as url, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": options.widths[0], "height": HEIGHT})
        page.goto(url)
        tabs(page)  # which is when the page is there
        page.add_style_tag(content=CALM)
        for name in scenes(page, options.only):
            for theme in options.themes:
                for width in options.widths:
                    look(page, theme, width)
                    ending = ("-dark" if theme == "dark" else "") if options.readme else f"-{theme}-{width}"
                    path = options.folder / f"{name}{ending}.png"
                    page.screenshot(path=path, full_page=True)
                    if options.readme:
                        top(path, name)
                    print(path.stem, flush=True)
            look(page, "light", options.widths[0])
        browser.close()


if __name__ == "__main__":
    main()
