"""Where a page's libraries write, whoever starts it and whatever lies there already."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from cgan_demo import places
from cgan_demo.errors import InputError

NAMES = ("HOME", "HF_HOME", "MPLCONFIGDIR", "GRADIO_TEMP_DIR")


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The temporary folder of a user with a home, who has set nothing."""
    (tmp_path / "home").mkdir()
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    for name in NAMES:
        monkeypatch.setenv(name, "x")  # so that it is put back as it was
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "temporary"


def told() -> dict[str, str]:
    places.prepare()
    return {name: os.environ[name] for name in NAMES if name in os.environ}


def test_uploads_lie_where_nobody_else_can_look(temporary: Path) -> None:
    home = os.environ["HOME"]
    (folder,) = {Path(told()["GRADIO_TEMP_DIR"]).parent for _ in range(2)}  # the same with every start
    assert folder.parent == temporary and folder.stat().st_mode & 0o777 == 0o700
    assert told().keys() == {"HOME", "GRADIO_TEMP_DIR"} and os.environ["HOME"] == home


def test_what_is_set_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "none"))
    given = {name: str(tmp_path / name.lower()) for name in NAMES[1:]}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert told() == {"HOME": str(tmp_path / "none"), **given}
    assert not (tmp_path / "none").exists() and (tmp_path / "gradio_temp_dir").is_dir()


def test_a_home_that_cannot_be_written_gets_caches_elsewhere(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(temporary / "none"))
    monkeypatch.setenv("HF_HOME", "")  # as good as not set
    found = told()
    assert {Path(found[name]).parent.parent for name in ("HF_HOME", "MPLCONFIGDIR")} == {temporary}
    assert not (temporary / "none").exists()


def test_a_user_without_a_home_gets_one(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME")

    def unknown() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", unknown)
    assert Path(told()["HOME"]).parent == temporary


@pytest.mark.parametrize("kind", ["file", "link", "folder of another user"])
def test_a_name_that_is_taken_is_left_alone(
    temporary: Path, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "folder of another user":
        monkeypatch.setattr(os, "getuid", lambda: os.stat(temporary).st_uid + 1)
    folder = temporary / f"cgan_demo-{os.getuid()}"
    if kind == "file":
        folder.write_text("theirs")
    elif kind == "link":
        folder.symlink_to(tmp_path / "home")
    else:
        folder.mkdir()
    other = places.scratch()
    assert other.parent == temporary and other != folder and other.stat().st_mode & 0o777 == 0o700
    assert list((tmp_path / "home").iterdir()) == []


def test_what_cannot_be_written_names_its_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    for bad in (tmp_path / "file", tmp_path / "file" / "below"):
        monkeypatch.setenv("GRADIO_TEMP_DIR", str(bad))
        with pytest.raises(InputError, match="GRADIO_TEMP_DIR is .* cannot be written"):
            places.prepare()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(InputError, match="TMPDIR"):
        places.prepare()
