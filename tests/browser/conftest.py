"""A real browser and the real page, with tiny models so that no weights are needed."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import gradio as gr
import pytest
from fakes import cataloged
from fakes import load as fake_load
from opened import FLAGS, WAIT, chromium
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page
from starlette.middleware import Middleware

from cgan_demo.ui.page import build_page, launch_options


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    path = chromium()
    if not path:
        message = "no chromium found: install Debian's chromium or set CGAN_DEMO_CHROMIUM"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    return {**browser_type_launch_args, "executable_path": path, "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": {"width": 1440, "height": 1100}}


@pytest.fixture(scope="session")
def context(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[BrowserContext]:
    """One for all tests: the browser fetches the page's scripts once, which is most of what loading it takes."""
    context = browser.new_context(**browser_context_args)
    context.set_default_timeout(WAIT)
    yield context
    context.close()


@pytest.fixture(scope="session")
def window(context: BrowserContext) -> Page:
    """One for all tests: to load the page again takes half of what it takes in a new window."""
    window = context.new_page()
    window.add_init_script("try { localStorage.clear(); } catch {}")  # of what others painted
    return window


@pytest.fixture
def page(window: Page, browser_context_args: dict[str, Any]) -> Iterator[Page]:
    """A window that shows nothing yet."""
    window.set_viewport_size(browser_context_args["viewport"])
    window.mouse.move(0, 0)
    yield window
    window.goto("about:blank")


class Kept:
    """Tells the browser to keep the page's scripts. Gradio does not, and compresses them anew for everybody."""

    def __init__(self, app: Callable[..., Awaitable[None]]):
        self.app = app

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Callable[..., Awaitable[None]]) -> None:
        async def kept(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"cache-control", b"max-age=3600, immutable")]
            await send(message)

        await self.app(scope, receive, kept if scope.get("path", "").startswith("/assets/") else send)


def started(port: int | None = None) -> tuple[gr.Blocks, str]:
    """The page, and its address."""
    with cataloged():
        page = build_page(load=fake_load)
    options = launch_options() | {"app_kwargs": {"middleware": [Middleware(Kept)]}, "server_port": port}
    return page, page.launch(prevent_thread_lock=True, quiet=True, **options)[1]


@pytest.fixture(scope="session")
def app_url() -> Iterator[str]:
    page, url = started()
    yield url
    page.close()


@pytest.fixture
def quiet(page: Page) -> Iterator[Page]:
    """A page to whose console nothing may have been written as an error by the end of the test."""
    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        removed = "ERR_CONTENT_LENGTH_MISMATCH" in message.text and "/gradio_api/file=" in message.location.get(
            "url", ""
        )
        if (
            message.type == "error" and not removed
        ):  # an upload is removed once it was read, maybe while it is previewed
            errors.append(f"{message.text} {message.location.get('url', '')}")

    def raised(error: Error) -> None:
        errors.append(str(error))

    page.on("console", note)
    page.on("pageerror", raised)
    yield page
    page.remove_listener("console", note)
    page.remove_listener("pageerror", raised)
    assert errors == []
