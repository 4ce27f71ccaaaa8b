"""Faults: kills, full disks, jumping clocks, caches that two programs share, a Hub that goes away in the middle.

What a Hub that is down from the start does, and weights that are damaged, is in unit/test_weights.py.
"""

from __future__ import annotations

import http.server
import json
import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import doomed
import huggingface_hub
import numpy as np
import pytest
import torch
from hub_server import Hub, serve

import cgan_demo
from cgan_demo import catalog, cli, weights
from cgan_demo.data.cache import computed_once, decoded_once
from cgan_demo.data.download import download
from cgan_demo.errors import CganDemoError, DataError, HubError, TrainingError, WeightsError
from cgan_demo.pix2pix.light import LightUNetGenerator
from cgan_demo.training import checkpoint, loop
from cgan_demo.ui.components import ModelStore

MODEL = "map-to-aerial"
PATIENCE = 240  # seconds that a subprocess has on a busy machine


def start(*arguments: object) -> subprocess.Popen[str]:
    """A program of doomed.py."""
    command = [sys.executable, doomed.__file__, *map(str, arguments)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(cgan_demo.__file__).parents[1])}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def answer(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err[-2000:]
    return out.strip()


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Within it, this process can write no file beyond `size` bytes: the system refuses, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def said(error: CganDemoError) -> str:
    """The message, which has to be one sentence that says what to do."""
    message = str(error)
    assert "\n" not in message and re.search("[Mm]ake room", message) and message.endswith(".")
    return message


# Training


def same(a: Any, b: Any) -> bool:
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a if k != "seconds")
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b


def rows(run_dir: Path) -> list[dict[str, float]]:
    found = [json.loads(line) for line in (run_dir / "stats.jsonl").read_text().splitlines()]
    return [{k: v for k, v in row.items() if k != "seconds"} for row in found]


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, dict[str, int]]]:
    folder = tmp_path_factory.mktemp("killed")
    return folder, json.loads(answer(start("trainings", folder)).splitlines()[-1])


@pytest.mark.parametrize("moment", doomed.MOMENTS)
def test_a_training_killed_at_any_moment_goes_on_from_its_last_whole_checkpoint(killed: Any, moment: str) -> None:
    folder, report = killed
    saved = doomed.FATAL if moment == "after the rename" else doomed.FATAL - 1
    assert report[moment] == {"killed": signal.SIGKILL, "images": saved * doomed.BATCH}
    assert same(checkpoint.load(folder / moment), checkpoint.load(folder / "whole"))
    assert rows(folder / moment) == rows(folder / "whole")  # nothing is reported twice
    assert not list((folder / moment).glob("*.partial"))


def test_a_full_disk_stops_a_training_in_words_and_keeps_its_checkpoint(tmp_path: Path) -> None:
    doomed.tiny_training(tmp_path, images=4)
    before = (tmp_path / checkpoint.NAME).read_bytes()
    with room_for(len(before) // 2), pytest.raises(TrainingError) as caught:
        doomed.tiny_training(tmp_path, images=8)
    assert checkpoint.NAME in said(caught.value)
    assert (tmp_path / checkpoint.NAME).read_bytes() == before
    assert not list(tmp_path.glob("*.partial"))  # it would fill the disk further


@pytest.mark.parametrize("jump", [-3600.0, 3600.0], ids=["back", "forward"])
def test_a_clock_that_jumps_neither_stops_nor_extends_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    """Ten steps of a second fit ten seconds, and every fourth is saved, whatever the clock on the wall does."""
    seconds, saves = [0.0], []

    def monotonic() -> float:
        return seconds[0]

    def wall() -> float:
        return 1e9 + seconds[0] + (jump if seconds[0] > 4 else 0)

    def finite(losses: Any, images: int, run_dir: Path) -> None:
        seconds[0] += 1

    monkeypatch.setattr(loop, "time", SimpleNamespace(monotonic=monotonic, time=wall))
    monkeypatch.setattr(loop, "_check_finite", finite)
    monkeypatch.setattr(checkpoint, "save", lambda run_dir, state: saves.append(state["images"]))
    result = doomed.tiny_training(tmp_path, hours=10 / 3600, checkpoint_minutes=3.5 / 60)
    assert result.finished and result.images == 10 * doomed.BATCH
    assert saves == [4 * doomed.BATCH, 8 * doomed.BATCH, 10 * doomed.BATCH]


def test_nothing_is_timed_by_the_clock_on_the_wall() -> None:
    package = Path(cgan_demo.__file__).parent
    clocks = re.compile(r"\btime\.time(_ns)?\(|\bdatetime\b|from time import")
    assert not [path.name for path in package.rglob("*.py") if clocks.search(path.read_text(encoding="utf-8"))]


# Caches


def test_a_full_disk_leaves_no_part_of_a_cached_file(tmp_path: Path) -> None:
    def decode() -> np.ndarray:
        return decoded_once(tmp_path, "rows", "key", (100, 1000), lambda i: np.full(1000, i, np.uint8))

    def compute() -> np.ndarray:
        return computed_once(tmp_path, "numbers", "key", lambda: np.arange(20_000))

    for make in (decode, compute):
        with room_for(50_000), pytest.raises(DataError) as caught:
            make()
        assert str(tmp_path) in said(caught.value) and not list(tmp_path.iterdir())
    assert decode()[99, 0] == 99 and compute()[-1] == 19_999


def test_a_damaged_cached_file_is_named(tmp_path: Path) -> None:
    computed_once(tmp_path, "numbers", "key", lambda: np.arange(9))
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(DataError, match=f"{path.name} is damaged: remove it"):
        computed_once(tmp_path, "numbers", "key", lambda: np.arange(9))


def test_two_programs_compute_the_same_cached_file_at_once(tmp_path: Path) -> None:
    both = [start("computed", tmp_path) for _ in range(2)]
    assert [answer(process) for process in both] == [f"{sum(range(100_000))} {100 * sum(range(50))}"] * 2
    assert len(list((tmp_path / "cache").iterdir())) == 2  # two files, and no partial ones


@pytest.fixture
def archive() -> Iterator[SimpleNamespace]:
    """A server of one archive that understands Range; it pauses half-way until somebody else asks, or for a second."""
    payload = np.random.default_rng(0).bytes(400_000)
    served = SimpleNamespace(payload=payload, requests=[], half_sent=threading.Event(), stall=threading.Event())
    served.stall.set()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.requests.append(self.headers.get("Range"))
            begin = int((self.headers.get("Range") or "bytes=0-")[6:].split("-")[0])
            self.send_response(206 if begin else 200)
            self.send_header("Content-Length", str(len(payload) - begin))
            self.end_headers()
            half = max(begin, len(payload) // 2)
            self.wfile.write(payload[begin:half])
            self.wfile.flush()
            served.half_sent.set()
            served.stall.wait()
            patience = time.monotonic() + 1
            while len(served.requests) < 2 and time.monotonic() < patience:
                time.sleep(0.02)
            self.wfile.write(payload[half:])

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    served.url = f"http://127.0.0.1:{server.server_port}/maps.tar.gz"
    yield served
    served.stall.set()
    server.shutdown()


def test_two_programs_fetch_the_same_archive_at_once(archive: SimpleNamespace, tmp_path: Path) -> None:
    """Both would write the same partial file; no checksum is known that would tell."""
    path = tmp_path / "maps.tar.gz"
    both = [start("fetched", archive.url, path) for _ in range(2)]
    assert [answer(process) for process in both] == [str(len(archive.payload))] * 2
    assert path.read_bytes() == archive.payload and archive.requests == [None]


def test_an_archive_whose_download_was_killed_is_not_taken_for_whole(archive: SimpleNamespace, tmp_path: Path) -> None:
    path = tmp_path / "maps.tar.gz"
    archive.stall.clear()
    process = start("fetched", archive.url, path)
    assert archive.half_sent.wait(PATIENCE)
    process.kill()
    process.communicate(timeout=PATIENCE)
    assert not path.exists()
    archive.stall.set()
    assert download(archive.url, path).read_bytes() == archive.payload


def test_a_full_disk_is_not_the_servers_fault(archive: SimpleNamespace, tmp_path: Path) -> None:
    with room_for(1000), pytest.raises(DataError) as caught:
        download(archive.url, tmp_path / "maps.tar.gz")
    said(caught.value)


# The Hub


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A Hub that holds a model; nothing is bundled, and the Hub's cache is empty."""
    torch.manual_seed(0)
    folder = weights.save_network(LightUNetGenerator(widths=(8, 16), noise_channels=1), tmp_path / "made" / MODEL)
    digest = weights.file_sha256(folder / weights.WEIGHTS)
    one = {MODEL: digest}
    monkeypatch.setattr(catalog, "MODELS", tuple(replace(m, sha256=one.get(m.id)) for m in catalog.MODELS))
    monkeypatch.setattr(weights, "folders", lambda name: [])
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    patient = SimpleNamespace(sleep=lambda seconds: None, time=time.time)  # between attempts to go on
    monkeypatch.setattr(huggingface_hub.file_download, "time", patient)
    monkeypatch.delenv("CGAN_DEMO_WEIGHTS", raising=False)
    with serve() as hub:
        model = catalog.get(MODEL)
        hub.files[model.hub_repo] = {path.name: path.read_bytes() for path in folder.iterdir()}
        hub.tags[model.hub_repo] = {model.revision: hub.files[model.hub_repo]}
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        yield hub


def unpinned(monkeypatch: pytest.MonkeyPatch) -> None:
    """No hash that would tell a part from the whole."""
    monkeypatch.setattr(catalog, "MODELS", tuple(replace(model, sha256=None) for model in catalog.MODELS))


def test_a_page_that_opened_without_the_hub_works_once_it_is_back(hub: Hub) -> None:
    models = ModelStore(cgan_demo.load)
    hub.status = 503
    for _ in range(2):
        with pytest.raises(HubError, match="answered 503: try again later"):
            models(MODEL)
    hub.status = 200
    assert models(MODEL) is models(MODEL)


def test_the_hub_of_these_tests_ends_its_connections() -> None:
    """Else the next one that happens to have its port would not be asked, and "does not have" what it has."""
    port, found = 0, []
    for size in (1, 2):
        with serve(port) as hub:
            port = int(hub.endpoint.rpartition(":")[2])
            hub.files["me/mine"] = {"file": b"1" * size}
            url = f"{hub.endpoint}/me/mine/resolve/main/file"
            found.append(huggingface_hub.get_hf_file_metadata(url, endpoint=hub.endpoint).size)
    assert found == [1, 2]


def test_a_hub_that_goes_away_in_the_middle(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each attempt only a thousand bytes arrive, and then the connection ends."""
    unpinned(monkeypatch)
    hub.cut = 1000

    def gone(*_: object, **__: object) -> None:
        hub.status = 503  # whoever asks again

    monkeypatch.setattr(huggingface_hub.file_download.time, "sleep", gone)
    with pytest.raises(HubError) as caught:
        weights.find(MODEL)
    assert hub.cut_reached.is_set() and MODEL in str(caught.value) and "\n" not in str(caught.value)
    hub.status, hub.cut = 200, None
    assert weights.load_network(weights.find(MODEL)).noise_channels == 1


def test_a_killed_download_is_not_taken_for_whole(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unpinned(monkeypatch)
    hub.cut = 1000
    hub.go_on.clear()
    process = start("pulled", MODEL, hub.endpoint, tmp_path / "hub", "")
    assert hub.cut_reached.wait(PATIENCE)
    process.kill()
    process.communicate(timeout=PATIENCE)
    hub.cut = None
    hub.go_on.set()
    found = weights.find(MODEL)
    assert (found / weights.WEIGHTS).read_bytes() == hub.files[catalog.get(MODEL).hub_repo][weights.WEIGHTS]


def test_two_programs_fill_the_same_hub_cache_at_once(hub: Hub, tmp_path: Path) -> None:
    digest = str(catalog.get(MODEL).sha256)
    hub.delay = 0.1
    both = [start("pulled", MODEL, hub.endpoint, tmp_path / "hub", digest) for _ in range(2)]
    first, second = map(answer, both)
    assert first == second and weights.file_sha256(Path(first) / weights.WEIGHTS) == digest
    hub.requests.clear()
    assert weights.find(MODEL) == Path(first) and hub.requests == []


def test_a_disk_without_room_for_the_hubs_cache(hub: Hub) -> None:
    with room_for(1000), pytest.raises(WeightsError) as caught:
        weights.find(MODEL)
    assert "Hub cache" in said(caught.value)
    assert weights.load_network(weights.find(MODEL)).noise_channels == 1


def test_a_disk_without_room_for_pulled_or_saved_weights(hub: Hub, tmp_path: Path) -> None:
    folder = weights.pull(MODEL, to=tmp_path / "to")
    before = (folder / weights.WEIGHTS).read_bytes()
    with room_for(1000):
        for write in (
            lambda: weights.pull(MODEL, to=tmp_path / "to"),
            lambda: weights.save_network(LightUNetGenerator(widths=(8, 8)), folder),
        ):
            with pytest.raises(WeightsError) as caught:
                write()
            said(caught.value)
    assert (folder / weights.WEIGHTS).read_bytes() == before
    assert weights.load_network(folder).noise_channels == 1  # its config is the old one, too
    assert not list(folder.glob("*.partial"))


def test_the_command_line_says_that_a_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wherever it was met: here by what writes no file of ours."""

    def full(*_: object, **__: object) -> None:
        with room_for(10), (tmp_path / "notes").open("wb", buffering=0) as file:
            file.write(b"x" * 10)
            file.write(b"x")

    monkeypatch.setattr(weights, "pull", full)
    assert cli.main(["pull", MODEL]) == 1
    assert said(CganDemoError(capsys.readouterr().err.strip())).startswith("cgan-demo: A file could not be written")
