"""What the page loads, and when: the open tab's model alone; on a Space with a lent GPU everything beforehand."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import gradio as gr
import pytest
from fake_spaces import zero_gpu
from fakes import cataloged
from fakes import load as fake_load
from PIL import ImageOps

import cgan_demo
from cgan_demo import device
from cgan_demo.errors import InputError
from cgan_demo.ui.components import MODEL_QUEUE
from cgan_demo.ui.page import build_page

FIRST = {
    "maps": "map-to-aerial",
    "age": "face-aging",
    "text": "text-to-flower",
    "latent": "latent-faces",
}


class Running:
    """A page whose listeners are called without a browser. loaded: the models, in the order of their loading."""

    def __init__(self) -> None:
        self.loaded: list[str] = []
        with cataloged():
            self.models = cgan_demo.list_models()
            self.page = build_page(lambda model_id: (self.loaded.append(model_id), fake_load(model_id))[1])

    def listener(self, where: str, event: str) -> Any:
        """That of a component or tab, by its elem_id or id, and an event's name; `where` "" is the page."""

        def names(block: Any) -> set[Any]:
            return {getattr(block, "elem_id", None), getattr(block, "id", None)} | (
                {""} if block is self.page else set()
            )

        blocks = {**self.page.blocks, self.page._id: self.page}
        for listener in self.page.fns.values():
            if any(e == event and t in blocks and where in names(blocks[t]) for t, e in listener.targets):
                return listener
        raise LookupError(f"{where or 'the page'} has no {event}")

    def run(self, where: str, event: str, *more: Any, **values: Any) -> Any:
        """Call a listener with its components' values, or those told by elem_id, and what comes after them."""
        listener = self.listener(where, event)
        told = {key.replace("_", "-"): value for key, value in values.items()}
        given = [told.get(c.elem_id, getattr(c, "value", None)) for c in listener.inputs]
        return listener.fn(*given, *more)

    def clicked(self, where: str, index: int) -> gr.SelectData:
        gallery = next(b for b in self.page.blocks.values() if getattr(b, "elem_id", None) == where)
        return gr.SelectData(gallery, {"index": index, "value": None})


@pytest.fixture(scope="module")
def running() -> Running:
    return Running()


def test_the_page_is_laid_out_without_a_model_and_opens_with_one() -> None:
    running = Running()
    assert running.loaded == []
    *_, photo, hint = running.run("", "load")
    assert running.loaded == ["edges-to-cats"] and photo.getpixel((0, 0)) == (0, 100, 4) and not hint["visible"]


@pytest.mark.parametrize("tab", FIRST)
def test_a_tab_loads_its_first_model_when_it_is_looked_at(running: Running, tab: str) -> None:
    del running.loaded[:]
    running.run(tab, "select")
    assert running.loaded == [FIRST[tab]]


def test_sharpen_loads_its_model_for_the_first_picture(running: Running) -> None:
    del running.loaded[:]
    sitting = running.run("sharpen", "select")[0]
    assert running.loaded == []
    weight, sharpness = 1.0, 0.5
    listener = running.listener("sharpen-stamp", "change")
    listener.fn(sitting, False, weight, sharpness, lambda *_, **__: None)
    assert running.loaded == ["super-resolution"]


@pytest.mark.parametrize(
    ("where", "event"),
    [
        ("", "load"),
        *((tab, "select") for tab in FIRST),
        ("sharpen-stamp", "change"),
        ("sketch-subject", "input"),
        ("text-domain", "input"),
        ("latent-domain", "input"),
    ],
)
def test_what_loads_a_model_shows_progress(running: Running, where: str, event: str) -> None:
    listener = running.listener(where, event)
    assert listener.concurrency_id == MODEL_QUEUE["concurrency_id"] and listener.show_progress in ("minimal", "full")
    shown_on = [
        c if isinstance(c, gr.blocks.Block) else running.page.blocks[c] for c in listener.show_progress_on or ()
    ]
    assert any(c.visible is True for c in shown_on or listener.outputs)


def test_every_call_of_the_api_is_described(running: Running) -> None:
    described = {name: told["description"] for name, told in running.page.get_api_info()["named_endpoints"].items()}
    assert len(described) > 12 and all(len((text or "").split()) > 4 for text in described.values()), described
    functions = {f.fn.__name__: f.api_name for f in running.page.fns.values() if f"/{f.api_name}" in described}
    assert set(functions) == set(functions.values())  # an MCP tool is called as its function is


@pytest.fixture(scope="module")
def lent() -> Iterator[tuple[Running, list[str]]]:
    with zero_gpu() as borrowed:
        yield Running(), borrowed


def test_on_a_lent_gpu_all_models_are_there_before_the_page_opens(lent: tuple[Running, list[str]]) -> None:
    running, borrowed = lent
    assert running.loaded == running.models and borrowed == []


def test_on_a_lent_gpu_whatever_runs_a_model_borrows_it(lent: tuple[Running, list[str]]) -> None:
    listeners = [f for f in lent[0].page.fns.values() if f.concurrency_id == MODEL_QUEUE["concurrency_id"]]
    assert len(listeners) > 40 and all(hasattr(f.fn, "lent") for f in listeners)


def test_on_a_lent_gpu_arguments_and_results_survive_the_way(lent: tuple[Running, list[str]]) -> None:
    running, borrowed = lent
    first, (image, result) = running.run("maps-examples", "select", running.clicked("maps-examples", 1))[::4]
    assert first == "paint" and result.tobytes() == ImageOps.invert(image).tobytes()
    assert running.run("maps-direction", "input", maps_direction="Aerial → Map")[0] == "upload"
    assert running.run("maps-back", "click")
    running.run("sketch-examples", "select", running.clicked("sketch-examples", 1))
    sitting = running.run("age-examples", "select", running.clicked("age-examples", 0))[0]
    shown = running.listener("age-slider", "change").fn(sitting, 30, "Man", 0.5)
    assert '"caption": "At 30"' in shown
    running.listener("age-other-examples", "select").fn(
        sitting, 0.5, 30, "Man", 0.5, running.clicked("age-other-examples", 0)
    )
    sitting = running.run("sharpen", "select")[0]  # reads no model, borrows nothing
    running.listener("sharpen-stamp", "change").fn(sitting, False, 1.0, 0.5, gr.Progress())
    running.listener("text-nudge", "change").fn("Flower", "a red flower", 3, None, 0.9)
    names = ["choose", "turn", "strip", "choose", "choose", "step", "choose_other", "show", "show"]
    assert borrowed == names


def test_elsewhere_no_gpu_is_lent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPACES_ZERO_GPU", raising=False)
    assert device.lent_gpu(len) is len


def test_a_space_without_the_package_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    monkeypatch.setitem(sys.modules, "spaces", None)
    with pytest.raises(InputError, match="requirements.txt"):
        device.lent_gpu(len)
