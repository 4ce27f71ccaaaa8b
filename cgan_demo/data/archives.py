"""Zip and tar archives, unpacked once and only where they may be."""

from __future__ import annotations

import os
import shutil
import tarfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath, PureWindowsPath

from filelock import FileLock

from ..errors import DataError
from ..files import FULL
from .cache import digest
from .pictures import LEFTOVERS, stamp

# Folders that are parts of a data set
PARTS = frozenset({"train", "val", "valid", "validation", "test", "a", "b", "traina", "trainb", "images", "photos"})


def unpack(archive: Path, cache: Path) -> Path:
    """The folder of what a zip or tar archive holds, unpacked under `cache` once, whichever process comes first.

    Another archive, of the same name too, is another folder. Where all lies in one folder, as in `maps.tar` with
    `maps/train` and `maps/val`, that one is returned.

    Raises:
        DataError: it is no such archive, is damaged or locked, has members that would lie outside, or the disk is full.
    """
    folder = cache / "unpacked" / f"{archive.name.split('.')[0]}-{digest(stamp(archive))[:16]}"
    if not folder.exists():
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(folder.with_name(folder.name + ".lock")):
                if not folder.exists():
                    _unpack_whole(archive, folder)
        except OSError as error:
            raise DataError(f"{archive} cannot be unpacked to {cache} ({error}): choose another --cache.") from error
    return _innermost(folder)


def _unpack_whole(archive: Path, folder: Path) -> None:
    """Unpack to `folder`, which is there whole or not at all."""
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)  # what a killed process left
    partial.mkdir()
    try:
        _extract(archive, partial)
        os.replace(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _innermost(folder: Path) -> Path:
    """The folder that holds more than a single folder, or folders that are parts of a data set."""
    while True:
        inside = [f for f in folder.iterdir() if not f.name.startswith(".") and f.name not in LEFTOVERS]
        if len(inside) != 1 or not inside[0].is_dir() or inside[0].name.lower() in PARTS:
            return folder
        folder = inside[0]


def _extract(archive: Path, folder: Path) -> None:
    try:
        if tarfile.is_tarfile(archive):  # asked first, for the end of a tar may look like that of a zip
            with tarfile.open(archive) as tar:
                tar.extractall(folder, filter="data")
        elif zipfile.is_zipfile(archive):
            _extract_zip(archive, folder)
        else:
            raise DataError(
                f"{archive} is no whole zip or tar archive (tar.gz, tar.bz2 and tar.xz are read, too): fetch it again, "
                "or give a folder."
            )
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError) as error:
        full = isinstance(error, OSError) and error.errno in FULL
        todo = "Make room, and try again" if full else "Remove it and fetch it again, or unpack it and give the folder"
        raise DataError(f"{archive} cannot be unpacked ({error}). {todo}.") from error


def _extract_zip(archive: Path, folder: Path) -> None:
    """Every member of a zip, once it is known that all of them stay inside `folder`."""
    with zipfile.ZipFile(archive) as packed:
        members = packed.infolist()
        for member in members:
            member.filename = member.filename.replace("\\", "/")  # some programs of Windows write those
            way = PurePosixPath(member.filename)
            if way.is_absolute() or ".." in way.parts or PureWindowsPath(member.filename).drive:
                raise ValueError(f"its member {member.filename} would lie outside")
        for member in members:
            packed.extract(member, folder)
