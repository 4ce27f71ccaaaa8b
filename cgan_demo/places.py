"""The folders that the libraries of a page write to: each can be written, and those of ours nobody else can read."""

from __future__ import annotations

import atexit
import os
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from .errors import InputError

NO_ROOM = "No temporary folder can be written: set TMPDIR to one that can."
NOT_WRITABLE = "GRADIO_TEMP_DIR is {folder}, which cannot be written: set it to a folder that can, or leave it out."


def prepare() -> None:
    """Set the variables by which libraries find their folders; to be called before they are imported.

    Left as they are: those that are set, and the home where it can be written.

    Raises:
        InputError: GRADIO_TEMP_DIR cannot be written, or there is no temporary folder.
    """
    folder = scratch()
    home = _home()
    if home is None:  # libraries that ask for it would end with an error
        os.environ["HOME"] = str(folder)
    elif not writable(home):  # matplotlib would warn, and the Hub client could keep nothing
        os.environ["MPLCONFIGDIR"] = os.environ.get("MPLCONFIGDIR") or str(folder / "matplotlib")
        os.environ["HF_HOME"] = os.environ.get("HF_HOME") or str(folder / "huggingface")
    given = os.environ.get("GRADIO_TEMP_DIR")
    # Gradio's own choice has one name for all users of a computer: who comes second could not write there.
    os.environ["GRADIO_TEMP_DIR"] = given or str(folder / "gradio")
    if given and not writable(Path(given), make=True):
        raise InputError(NOT_WRITABLE.format(folder=given))


def scratch() -> Path:
    """This user's own folder below the temporary one, the same with every start.

    Where that name is taken, by another user or by something else than a folder, it is a new one that goes at the end.

    Raises:
        InputError: nothing can be made there.
    """
    try:
        folder = Path(tempfile.gettempdir()) / f"cgan_demo-{_user()}"
        with suppress(OSError):
            folder.mkdir(mode=0o700)
        if _ours(folder) and writable(folder):
            return folder
        folder = Path(tempfile.mkdtemp(prefix="cgan_demo-"))
    except OSError as error:
        raise InputError(NO_ROOM) from error
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def writable(folder: Path, make: bool = False) -> bool:
    """Whether files can be made in it; `make`: the folder itself too, where it is not there."""
    try:
        if make:
            folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except (OSError, ValueError):  # a name with a zero in it
        return False


def _home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:  # HOME is not set, and the system does not know this user
        return None


def _user() -> str:
    return str(os.getuid()) if hasattr(os, "getuid") else "own"  # elsewhere temporary folders are a user's own


def _ours(folder: Path) -> bool:
    """Whether it is a folder, no link to one, of this user, which nobody else can look into."""
    found = os.lstat(folder)
    if not stat.S_ISDIR(found.st_mode) or (hasattr(os, "getuid") and found.st_uid != os.getuid()):
        return False
    folder.chmod(0o700)
    return True
