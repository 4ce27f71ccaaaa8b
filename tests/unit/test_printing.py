"""Printing never fails: what the output cannot show, or nobody reads, does not end a program that did its work."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cgan_demo import console
from cgan_demo.data.fake import write_fake_pairs

ROOT = Path(console.__file__).parents[1]


def environment(**more: str) -> dict[str, str]:
    paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1", **more}


TRAIN = """
import sys
from cgan_demo import cli
for encoding in ("cp1252", "ascii"):  # in one process: it begins for longer than it trains
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding=encoding, errors="strict")
    assert cli.main([*sys.argv[2:], "--run-dir", f"{sys.argv[1]}/{encoding}/画像"]) == 0
"""


def test_a_run_folder_may_have_any_name(tmp_path: Path) -> None:
    data = write_fake_pairs(tmp_path / "データ", count=2, size=40)
    words = "train map-to-aerial --recipe paper --width 4 --depth 3 --load-size 40 --crop 32 --images 1 --cpu"
    paths = ["--data", str(data), "--cache", str(tmp_path / "cache")]
    command = [sys.executable, "-c", TRAIN, str(tmp_path), *words.split(), *paths]
    done = subprocess.run(command, capture_output=True, env=environment(PYTHONIOENCODING="cp1252"), timeout=240)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count(rb"\u753b\u50cf: 1 images") == 2
    for run_dir in (tmp_path / "cp1252" / "画像", tmp_path / "ascii" / "画像"):
        assert (run_dir / "checkpoint.pt").is_file()
        assert "データ" in (run_dir / "run.json").read_text(encoding="utf-8").encode().decode("unicode_escape")


@pytest.mark.parametrize("program", [["-m", "cgan_demo.cli"], [str(ROOT / "app.py")]])
def test_help_can_be_read_on_an_old_console(program: list[str]) -> None:
    command = [sys.executable, *program, "--help"]
    done = subprocess.run(command, capture_output=True, env=environment(PYTHONIOENCODING="cp1252"), timeout=120)
    assert done.returncode == 0 and b"Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_an_output_without_room_does_not_undo_what_was_done() -> None:
    code = "from cgan_demo import console; console.print_anything(); print('x'); console.say_the_rest()"
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-c", code], stdout=full, stderr=subprocess.PIPE, env=environment(PYTHONUNBUFFERED="")
        )
    assert done.returncode == 0 and done.stderr == b""


def test_streams_that_cannot_be_set_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Bare(io.StringIO):
        reconfigure = None

    for stream in (None, Bare()):
        monkeypatch.setattr(sys, "stdout", stream)
        console.print_anything()
        console.say_the_rest()
    shown = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    monkeypatch.setattr(sys, "stdout", shown)
    console.print_anything()
    print("画像 é")
    shown.flush()
    assert shown.buffer.getvalue() == rb"\u753b\u50cf " + "é\n".encode("cp1252")  # type: ignore[attr-defined]
