"""The program where little can be written: as a Space starts it, and on a computer that others use, too."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
def stranger() -> list[str]:
    """What starts a program as a user whom the system does not know, and who reads everything; of root alone."""
    if not shutil.which("setpriv") or os.geteuid() != 0:
        pytest.skip("takes root and setpriv")
    caps = [f"--{kind}=+dac_read_search" for kind in ("inh-caps", "ambient-caps", "bounding-set")]
    prefix = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups", *caps]
    if subprocess.run([*prefix, "true"], capture_output=True).returncode != 0:
        pytest.skip("users cannot be changed here")
    return prefix


@contextmanager
def started(folder: Path, prefix: Sequence[str] = (), **variables: str) -> Iterator[str]:
    """The address of the program, which has `folder` / "scratch" to itself and may not complain."""
    scratch, log = folder / "scratch", folder / "log"
    scratch.mkdir(exist_ok=True)
    scratch.chmod(0o1777)
    folder.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if name not in (*CACHES, "HOME")}
    env = {**kept, "TMPDIR": str(scratch), "PYTHONUNBUFFERED": "1", **variables}
    command = [*prefix, sys.executable, "app.py"]
    with log.open("w") as out:
        program = subprocess.Popen(command, cwd=ROOT, env=env, stdout=out, stderr=out)
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


def use(url: str, tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), (200, 220, 180)).save(tmp_path / "map.png")
    client = Client(url, verbose=False, download_files=str(tmp_path))
    answer = client.predict(handle_file(tmp_path / "map.png"), 0, api_name="/map_to_aerial")
    assert Image.open(answer).size == (64, 64)


def test_a_home_that_cannot_be_written_is_none_the_worse(home: Path, tmp_path: Path) -> None:
    with started(tmp_path, HOME=str(home)) as url:
        use(url, tmp_path)


def test_a_stranger_without_a_home_has_a_private_folder(stranger: list[str], tmp_path: Path) -> None:
    """Of the others' name for it, too, which Gradio would take."""
    (tmp_path / "scratch" / "gradio").mkdir(parents=True)
    with started(tmp_path, stranger) as url:
        use(url, tmp_path)
    made = [path for path in (tmp_path / "scratch").iterdir() if path.name != "gradio"]
    assert {(path.stat().st_uid, path.stat().st_mode & 0o777) for path in made} == {(54321, 0o700)}
    assert list((tmp_path / "scratch" / "gradio").iterdir()) == []


def test_a_folder_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    env = {**os.environ, "GRADIO_TEMP_DIR": str(tmp_path / "file")}
    done = subprocess.run([sys.executable, "app.py"], cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and done.stdout == ""
    assert re.fullmatch("app.py: GRADIO_TEMP_DIR is .*file, which cannot be written: set it .*\n", done.stderr)
