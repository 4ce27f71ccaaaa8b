"""Where we reach into Gradio, it still is what we reach for: each failure says what changed upstream."""

from __future__ import annotations

import inspect
import io
import re
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from gradio import blocks, mcp, queueing, route_utils, state_holder
from gradio.components.imageslider import SliderData
from gradio.context import LocalContext
from gradio.data_classes import FileData, ImageData, ListFiles

from cgan_demo.ui.components import pair_files, picture_file, picture_files
from cgan_demo.ui.gradio_patches import (
    Line,
    OwnFolder,
    Patched,
    Session,
    Sessions,
    Upload,
    _cleaned,
    _save_apart,
    sent_with,
)

PROJECT = Path(__file__).parents[2] / "pyproject.toml"


def number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


def test_gradio_is_one_of_those_that_this_was_tested_with() -> None:
    bounds = re.findall(r'"gradio(?:\[mcp\])?>=([\d.]+),<([\d.]+)"', PROJECT.read_text(encoding="utf-8"))
    assert len(bounds) == 2 and len(set(bounds)) == 1, "gradio and gradio[mcp] have different bounds"
    low, high = map(number, bounds[0])
    assert low <= number(gr.__version__) < high, "a new Gradio: run the tests with it, then raise the bound"


def has(owner: Any, *names: str) -> None:
    gone = [name for name in names if not hasattr(owner, name)]
    assert not gone, f"Gradio's {owner.__name__} has no {', '.join(gone)} any more: see ui/gradio_patches.py"


def test_the_line_overrides_what_the_queue_calls() -> None:
    has(queueing.Queue, "push", "remove_from_queue", "clean_events", "compute_analytics_summary")
    source = inspect.getsource(queueing.Queue)
    for name in ("event_queue_per_concurrency_id", "event_ids_to_events"):
        assert f"self.{name}" in source, f"the queue keeps its waiting calls elsewhere than in {name}"
    assert '"queue_full"' in inspect.getsource(queueing.Queue.push), "a full queue is told in another word"
    assert list(inspect.signature(queueing.Queue.remove_from_queue).parameters) == ["self", "event_id"]


@pytest.fixture(scope="module")
def page() -> Patched:
    with Patched() as page:
        box, state = gr.Textbox(), gr.State(5)
        box.change(lambda text, value: (text, value), [box, state], [box, state])
    page.queue()
    return page  # type: ignore[no-any-return]


def test_the_page_gets_our_line_and_our_sessions(page: Patched) -> None:
    assert isinstance(page._queue, Line), "Gradio makes its queue elsewhere than in Blocks.queue()"
    holder = state_holder.StateHolder()
    holder.set_blocks(page)
    assert isinstance(page.state_holder, Sessions), "Gradio hands the holder of sessions over by another name"
    assert isinstance(holder["somebody"], Session), "the holder makes sessions elsewhere than in __getitem__"


def test_a_session_has_what_gradio_asks_of_it_and_no_copy_of_the_page(page: Patched) -> None:
    has(state_holder.SessionState, "_update_config", "_update_value_in_config", "components")
    stock, ours = state_holder.SessionState(page), Session(page)
    assert len(stock.config_values) == len(page.blocks), "Gradio keeps no second copy any more: Session may go"
    assert ours.config_values == {} and set(vars(ours)) == set(vars(stock))
    assert stock.STATE_TTL_WHEN_CLOSED > ours.STATE_TTL_WHEN_CLOSED, "Gradio forgets closed pages sooner by itself"


def uses(owner: Any, text: str, otherwise: str) -> None:
    assert text in inspect.getsource(owner), f"{otherwise}: see ui/gradio_patches.py"


def test_uploads_are_named_by_a_hash_that_can_be_exchanged() -> None:
    uses(route_utils, "self._current_part.file = GradioUploadFile(", "uploads are made by another class, or name")
    uses(route_utils, "temp_file.sha.hexdigest()", "an upload's folder is named by something else than its hash")
    uses(route_utils, "part.file.sha.update(data)", "an upload's hash is made otherwise")
    names = {Upload(io.BytesIO(b"same")).sha.hexdigest() for _ in range(2)}
    assert len(names) == 2 and isinstance(Upload(io.BytesIO()).sha, OwnFolder)


def test_data_urls_of_assistants_are_saved_by_a_function_that_can_be_exchanged() -> None:
    uses(mcp, "processing_utils.save_base64_to_cache(", "MCP's tools save data URLs otherwise")
    names = list(inspect.signature(_save_apart.__defaults__[-1]).parameters)  # type: ignore[index]
    assert names == ["base64_encoding", "cache_dir", "file_name"], "it takes other arguments"


def test_the_hourly_cleaning_walks_sets_to_which_uploads_add() -> None:
    uses(route_utils.delete_files_on_schedule, "delete_files_created_by_app", "the cleaning is called otherwise")
    clean = _cleaned.__defaults__[-1]  # type: ignore[index]
    uses(clean, "for file in temp_set:", "Gradio may walk a copy now, and keep_cleaning may go")
    uses(clean, "blocks.temp_file_sets", "files to be removed are noted elsewhere")
    has(LocalContext, "blocks")


def test_functions_get_paths_since_gradio_asks_the_component_itself() -> None:
    uses(blocks.Blocks.preprocess_data, ".preprocess", "values come to functions in another way")
    file = FileData(path="a.png")
    assert picture_file().preprocess(ImageData(path="a.png")) == "a.png" and picture_file().preprocess(None) is None
    assert picture_files().preprocess(ListFiles([file, file])) == ["a.png", "a.png"]
    assert pair_files().preprocess(SliderData(root=(ImageData(path="a.png"), None))) == ("a.png", None)


def test_events_carry_what_the_page_sent() -> None:
    assert sent_with(gr.EventData(None, {"index": 3})) == {"index": 3} and sent_with(None) is None


def test_the_door_stands_where_every_call_comes_in() -> None:
    for name, first in (("preprocess_data", "block_fn"), ("process_api", "block_fn")):
        given = list(inspect.signature(getattr(blocks.Blocks, name)).parameters)
        assert given[:3] == ["self", first, "inputs"], f"Blocks.{name} takes other arguments: see ui/door.py"
    assert "event_data" in inspect.signature(blocks.Blocks.process_api).parameters


def test_launching_can_leave_out_the_look_at_the_page() -> None:
    assert "_frontend" in inspect.signature(blocks.Blocks.launch).parameters, "see ui/page.py: launch_options"


def test_the_comparison_is_made_of_what_our_script_looks_for() -> None:
    """In the browser, test_looks.py moves its line with keys."""
    pages = Path(gr.__file__).parent / "templates" / "frontend" / "assets"
    scripts = "".join(path.read_text(encoding="utf-8") for path in pages.glob("*ImageSlider*.js"))
    scripts += "".join(path.read_text(encoding="utf-8") for path in pages.glob("Index-*.js"))
    for name in ("slider-wrap", "outer", "inner", "fixed"):
        assert name in scripts, f"Gradio's comparison has no {name}: see ui/parts/imageslider.js"
