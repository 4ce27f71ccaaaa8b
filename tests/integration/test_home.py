"""The program as a Space starts it: its home cannot be written, and only the temporary folder can."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
CACHES = ("HF_HOME", "HF_HUB_CACHE", "MPLCONFIGDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "GRADIO_TEMP_DIR")
PATIENCE = 300  # seconds until the address is printed, on the busiest machine


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder in which this process can make nothing, root or not."""
    folder = Path("/sys") if hasattr(os, "geteuid") and os.geteuid() == 0 else tmp_path / "home"
    if not folder.exists():
        folder.mkdir(mode=0o555)
    try:
        (folder / "written").touch()
    except OSError:
        return folder
    pytest.skip(f"{folder} can be written")


@pytest.fixture
def url(home: Path, tmp_path: Path) -> Iterator[str]:
    (tmp_path / "scratch").mkdir()
    kept = {name: value for name, value in os.environ.items() if name not in CACHES}
    env = {**kept, "HOME": str(home), "TMPDIR": str(tmp_path / "scratch"), "PYTHONUNBUFFERED": "1"}
    log = tmp_path / "log"
    with log.open("w") as out:
        program = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=env, stdout=out, stderr=out)
    try:
        yield address(program, log)
        assert re.findall("(?i)warning|error|traceback", log.read_text()) == []
    finally:
        program.kill()
        program.wait()


def address(program: subprocess.Popen[bytes], log: Path) -> str:
    until = time.monotonic() + PATIENCE
    while not (found := re.search(r"http://[\d.:]+", log.read_text())):
        assert program.poll() is None and time.monotonic() < until, log.read_text()
        time.sleep(0.2)
    return found[0]


def test_a_home_that_cannot_be_written_is_none_the_worse(url: str, tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), (200, 220, 180)).save(tmp_path / "map.png")
    client = Client(url, verbose=False, download_files=str(tmp_path))
    answer = client.predict(handle_file(tmp_path / "map.png"), 0, api_name="/map_to_aerial")
    assert Image.open(answer).size == (64, 64)
