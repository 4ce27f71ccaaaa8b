"""Zip and tar archives: unpacked once, each for itself, and never outside."""

import io
import os
import tarfile
import zipfile

import pytest

from cgan_demo.data.archives import unpack
from cgan_demo.data.download import obtain
from cgan_demo.data.fake import write_fake_pairs
from cgan_demo.data.paired import cached_pairs
from cgan_demo.errors import DataError


@pytest.fixture
def pairs(tmp_path):
    return write_fake_pairs(tmp_path / "made" / "maps", count=2, size=16)


def zipped(path, root, separator="/", inside="maps"):
    with zipfile.ZipFile(path, "w") as packed:
        for file in sorted(root.rglob("*.png")):
            way = "/".join(part for part in (inside, file.relative_to(root).as_posix()) if part)
            info = zipfile.ZipInfo("x")
            info.filename = way.replace("/", separator)
            packed.writestr(info, file.read_bytes())
            packed.writestr(f"__MACOSX/{way}".replace(file.name, f"._{file.name}"), b"not a picture")
        packed.writestr("__MACOSX/._maps", b"")
        packed.writestr(".DS_Store", b"")
    return path


@pytest.mark.parametrize("separator", "/\\")
def test_zips_of_macs_and_windows(pairs, tmp_path, separator):
    root = obtain(zipped(tmp_path / "maps.zip", pairs, separator), tmp_path / "cache")
    assert root.name == "maps"
    assert cached_pairs(root, 16, tmp_path / "cache", "train").shape == (2, 2, 16, 16, 3)
    assert cached_pairs(root, 16, tmp_path / "cache", "val").shape == (1, 2, 16, 16, 3)


@pytest.mark.parametrize("ending, mode", [("tar", "w"), ("tar.gz", "w:gz"), ("tar.bz2", "w:bz2"), ("tar.xz", "w:xz")])
def test_tars(pairs, tmp_path, ending, mode):
    with tarfile.open(tmp_path / f"set.{ending}", mode) as tar:
        tar.add(pairs, "deep/maps")
    root = obtain(str(tmp_path / f"set.{ending}"), tmp_path / "cache")
    assert root.name == "maps" and len(cached_pairs(root, 16, tmp_path / "cache", "train")) == 2


def test_a_single_folder_that_is_part_of_a_set_stays(pairs, tmp_path):
    (tmp_path / "only").mkdir()
    (pairs / "train").rename(tmp_path / "only" / "train")
    root = obtain(zipped(tmp_path / "only.zip", tmp_path / "only", inside=""), tmp_path / "cache")
    assert [f.name for f in root.iterdir() if f.is_dir()] != [] and (root / "train").is_dir()


def test_archives_of_one_name_are_told_apart(tmp_path):
    """Also one that takes the place of the other."""
    roots = []
    for name, count in (("one", 1), ("two", 3)):
        made = write_fake_pairs(tmp_path / name / "made", count=count, size=16)
        (tmp_path / name / "packed").mkdir()
        roots.append(unpack(zipped(tmp_path / name / "packed" / "data.zip", made), tmp_path / "cache"))
    assert [len(list((root / "train").iterdir())) for root in roots] == [1, 3]
    os.replace(tmp_path / "two" / "packed" / "data.zip", tmp_path / "one" / "packed" / "data.zip")
    again = unpack(tmp_path / "one" / "packed" / "data.zip", tmp_path / "cache")
    assert len(list((again / "train").iterdir())) == 3


def test_an_archive_is_unpacked_once(pairs, tmp_path):
    archive = zipped(tmp_path / "maps.zip", pairs)
    root = unpack(archive, tmp_path / "cache")
    (root / "mark").touch()
    assert (unpack(archive, tmp_path / "cache") / "mark").exists()


@pytest.mark.parametrize("way", ["../out.txt", "/tmp/out.txt", "a/../../out.txt", "..\\out.txt", "C:\\out.txt"])
def test_members_outside_are_refused_and_nothing_is_left(way, tmp_path):
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as packed:
        packed.writestr("fine.txt", b"fine")
        info = zipfile.ZipInfo("x")
        info.filename = way
        packed.writestr(info, b"evil")
    with pytest.raises(DataError, match=r"evil\.zip cannot be unpacked .*would lie outside"):
        unpack(tmp_path / "evil.zip", tmp_path / "cache")
    assert {f.name for f in tmp_path.rglob("*") if f.is_file() and f.suffix != ".lock"} == {"evil.zip"}


def links_out(tar):
    link = tarfile.TarInfo("link")
    link.type, link.linkname = tarfile.SYMTYPE, "../../.."
    tar.addfile(link)


def climbs_out(tar):
    info = tarfile.TarInfo("../outside.txt")
    info.size = 4
    tar.addfile(info, io.BytesIO(b"evil"))


@pytest.mark.parametrize("evil", [links_out, climbs_out])
def test_tars_do_not_reach_outside(evil, tmp_path):
    with tarfile.open(tmp_path / "evil.tar", "w") as tar:
        evil(tar)
    with pytest.raises(DataError, match="cannot be unpacked"):
        unpack(tmp_path / "evil.tar", tmp_path / "cache")
    assert {f.name for f in tmp_path.rglob("*") if not f.is_dir() and f.suffix != ".lock"} == {"evil.tar"}


def test_what_is_no_whole_archive_is_said(pairs, tmp_path):
    archive = zipped(tmp_path / "maps.zip", pairs)
    (tmp_path / "half.zip").write_bytes(archive.read_bytes()[:500])
    (tmp_path / "photo.png").write_bytes(next((pairs / "train").iterdir()).read_bytes())
    broken = bytearray(archive.read_bytes())
    broken[60:90] = bytes(30)
    (tmp_path / "broken.zip").write_bytes(broken)
    said = {"half.zip": "is no whole zip", "photo.png": "is no whole zip", "broken.zip": "cannot be unpacked"}
    for name, what in said.items():
        with pytest.raises(DataError, match=f"{name} {what}"):
            obtain(tmp_path / name, tmp_path / "cache")
    assert not [f for f in (tmp_path / "cache" / "unpacked").iterdir() if f.is_dir()]
