"""Files that are there whole or not at all, whatever stops their writer."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .errors import CganDemoError

# The disk is full, a quota or a limit is reached, or all of it may only be read.
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})
# Or it may not be written by us, or a file stands where a folder is to be.
UNWRITABLE = FULL | {errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST, errno.EISDIR}


def unwritable(error: BaseException | None) -> OSError | None:
    """What the system said of a file or folder that cannot be written, if that is what `error` comes from."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in UNWRITABLE:
            return error
        error = error.__cause__ or error.__context__
    return None


@contextmanager
def atomic(path: Path, failure: type[CganDemoError], alone: bool = False) -> Iterator[BinaryIO]:
    """A new file to write, which takes the place of `path` when the block ends well; else `path` stays as it was.

    Args:
        failure: what to raise where it cannot be written.
        alone: no other process writes `path` at the same time; what a killed one left is then written over.

    Raises:
        failure: the disk is full or may not be written.
    """
    partial = path.with_name(f"{path.name}.{'' if alone else secrets.token_hex(4) + '.'}partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())  # the name must not outlive a power cut that the contents do not
        os.replace(partial, path)
    except (OSError, RuntimeError) as error:  # torch hides the system's error behind its own
        reason = unwritable(error)
        if reason is None:
            raise
        raise failure(
            f"{path} could not be written ({reason.strerror}): make room, or choose another place."
        ) from error
    finally:
        if partial.exists():  # not so after a success; not reached by a kill
            partial.unlink()
