"""A page on fake models, with a temporary folder of its own, and somebody who misuses it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import pytest
from abused import Writes
from fakes import cataloged
from fakes import load as fake_load
from visitor import Visitor

from cgan_demo.ui.page import build_page, launch_options


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("temporary").resolve()


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[tuple[gr.Blocks, str, Writes]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder))
        patch.setenv("GRADIO_TEMP_DIR", str(folder / "gradio"))
        patch.setenv("MPLCONFIGDIR", str(folder / "matplotlib"))  # gradio imports matplotlib, which makes a folder
        patch.setattr("gradio.networking.url_ok", lambda _: True)  # it gives up after some seconds
        with cataloged():
            page = build_page(load=fake_load)
        _, url, _ = page.launch(prevent_thread_lock=True, quiet=True, **launch_options())
        yield page, url, Writes(folder)
        page.close()


@pytest.fixture
def visitor(served: tuple[gr.Blocks, str, Writes], capfd: pytest.CaptureFixture[str]) -> Iterator[Visitor]:
    """Who leaves nothing outside the temporary folder and no trace in the console."""
    page, url, writes = served
    writes.outside.clear()
    writes.watching = True
    yield Visitor(page, url)
    writes.watching = False
    assert writes.outside == []
    told = capfd.readouterr()
    assert "Traceback" not in told.err + told.out, told.err[-3000:]
