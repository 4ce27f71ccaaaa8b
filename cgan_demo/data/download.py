"""Official archives: download with progress, go on where a download broke off, verify.

A folder or archive that is already here is used as it is. No publisher of these gives checksums. So what the first
download brought is recorded beside it, `maps.tar.gz.sha256`, and a later one must bring the same: a change is noticed,
a first download that was already wrong is not.
"""

from __future__ import annotations

import hashlib
import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock
from tqdm import tqdm

from ..errors import DataError
from ..files import FULL, atomic
from .archives import unpack

CHUNK = 1 << 20


@dataclass(frozen=True)
class Archive:
    """A published archive. `sha256` is None where it is not known: then the first download is trusted, see above."""

    url: str
    sha256: str | None = None


_PIX2PIX = "https://efrosgans.eecs.berkeley.edu/pix2pix/datasets"
ARCHIVES: dict[str, Archive] = {
    name: Archive(f"{_PIX2PIX}/{name}.tar.gz") for name in ("maps", "facades", "edges2shoes", "edges2handbags")
}


def obtain(data: str | Path, cache: Path) -> Path:
    """The folder of pictures behind `data`: a folder, a local archive, or the name of a published set.

    Raises:
        DataError: it is none of the three, or the archive cannot be fetched, verified or unpacked.
    """
    path = Path(data).expanduser()
    if path.is_dir():
        if not os.access(path, os.R_OK | os.X_OK):
            raise DataError(f"The folder {path} may not be read: change its permissions, or give another.")
        return path
    if path.is_file():
        return unpack(path, cache)
    if str(data) in ARCHIVES:
        archive = ARCHIVES[str(data)]
        local = download(archive.url, cache / "archives" / archive.url.rsplit("/", 1)[1], archive.sha256)
        return unpack(local, cache)
    raise DataError(f"{data} is neither a folder, nor a zip or tar archive, nor one of {', '.join(sorted(ARCHIVES))}.")


def download(url: str, path: Path, sha256: str | None = None, timeout: float = 30.0) -> Path:
    """Fetch `url` to `path`. A broken-off download goes on from its `.partial` file.

    Of several processes that ask for the same `path`, one fetches it and the others wait. Without `sha256` the file
    is checked against the one recorded beside it, or, where there is none, its own is recorded.

    Raises:
        DataError: the server cannot be reached or refuses, the disk is full, or the checksum differs (the file is
            then removed).
    """
    if path.exists():  # asked without the lock, too: all of this may lie where nothing can be written
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    with FileLock(path.with_name(path.name + ".lock")):
        if path.exists():
            return path
        try:
            _fetch(url, partial, timeout)
        except (urllib.error.URLError, TimeoutError, OSError) as error:
            again = "Make room, and run" if error.errno in FULL else "Run"
            raise DataError(
                f"{url} could not be fetched ({error}). {again} the command again to go on from there."
            ) from error
        _verify(url, partial, path.with_name(path.name + ".sha256"), sha256)
        partial.replace(path)
    return path


def _verify(url: str, partial: Path, record: Path, known: str | None) -> None:
    """Hold a download against the checksum that is known, or recorded, or record its own; remove it if it differs."""
    found = _sha256(partial)
    recorded = record.read_text(encoding="utf-8").split()[:1] if record.is_file() else []
    if known is not None and found != known:
        partial.unlink()
        raise DataError(f"{url} is not the file we know (sha256 differs); it was removed. Try again later.")
    if known is None and recorded and found != recorded[0]:
        partial.unlink()
        raise DataError(
            f"{url} is not the file that was fetched before (sha256 differs from {record}); it was removed. "
            f"If you know that it was changed on purpose, remove {record.name} and try again."
        )
    if known is None and not recorded:
        with atomic(record, DataError) as file:  # as sha256sum writes it, and checks it
            file.write(f"{found}  {record.stem}\n".encode())


def _fetch(url: str, partial: Path, timeout: float) -> None:
    have = partial.stat().st_size if partial.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        answer = urllib.request.urlopen(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        if error.code == 416 and have:  # nothing is left to fetch
            return
        raise
    with answer:
        resumed = answer.status == 206
        length = int(answer.headers.get("Content-Length") or 0)
        done = have if resumed else 0
        bar = tqdm(total=(done + length) or None, initial=done, unit="B", unit_scale=True, desc=partial.stem)
        with partial.open("ab" if resumed else "wb") as out, bar:
            while chunk := answer.read(CHUNK):
                out.write(chunk)
                bar.update(len(chunk))
                done += len(chunk)
    if length and done < (have if resumed else 0) + length:
        raise OSError(f"the connection ended after {done} bytes")


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as f:
        while chunk := f.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
