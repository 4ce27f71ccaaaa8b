"""Pairs: layouts, directions, joint augmentation, an order that follows from the position alone; archives."""

import hashlib
import http.server
import threading

import numpy as np
import pytest
import torch
from PIL import Image

from cgan_demo.data.download import download, obtain
from cgan_demo.data.fake import write_fake_pairs
from cgan_demo.data.layouts import list_pairs
from cgan_demo.data.paired import Jitter, PairedDataset, cached_pairs, jittered
from cgan_demo.errors import DataError


@pytest.fixture
def twins() -> np.ndarray:
    """Pairs whose two sides are equal, every pixel different from every other."""
    rng = np.random.default_rng(0)
    side = rng.integers(0, 256, (5, 1, 40, 40, 3), dtype=np.uint8)
    return np.concatenate([side, side], 1)


def test_both_sides_are_cut_and_turned_alike(twins):
    jitter = Jitter(crop=24, scale=(0.7, 1.0), flips=True, rotations=True)
    dataset = PairedDataset(twins, jitter)
    for position in range(30):
        item = dataset[position]
        assert item["input"].shape == (3, 24, 24)
        assert torch.equal(item["input"], item["target"])
        assert item["input"].abs().max() <= 1


def test_augmentation_varies(twins):
    dataset = PairedDataset(twins[:1], Jitter(crop=24, rotations=True))
    assert len({dataset[i]["input"].numpy().tobytes() for i in range(10)}) > 5


def test_stream_follows_from_seed_and_position(twins):
    first, again, other = (PairedDataset(twins, Jitter(crop=24), seed=s) for s in (3, 3, 4))
    later = again[17]["input"]  # asked out of order
    assert torch.equal(first[17]["input"], later)
    assert any(not torch.equal(first[i]["input"], other[i]["input"]) for i in range(5))
    assert sorted(first.index(5 + i) for i in range(5)) == [0, 1, 2, 3, 4]


def test_side_by_side_and_two_folders_and_directions(tmp_path):
    write_fake_pairs(tmp_path / "one", count=3, size=32)
    for side in "AB":
        (tmp_path / "two" / side).mkdir(parents=True)
    for i in (1, 2, 3):
        both = Image.open(tmp_path / "one" / "train" / f"{i}.png")
        both.crop((0, 0, 32, 32)).save(tmp_path / "two" / "A" / f"{i}.png")
        both.crop((32, 0, 64, 32)).save(tmp_path / "two" / "B" / f"{i}.png")
    one = cached_pairs(tmp_path / "one" / "train", 32, tmp_path / "cache")
    two = cached_pairs(tmp_path / "two", 32, tmp_path / "cache")
    assert np.array_equal(one, two)
    plain = Jitter(crop=32, flips=False)
    ahead, back = PairedDataset(one, plain)[0], PairedDataset(one, plain, reverse=True)[0]
    assert torch.equal(ahead["input"], back["target"]) and torch.equal(ahead["target"], back["input"])


def test_cache_is_decoded_once(tmp_path, monkeypatch):
    folder = write_fake_pairs(tmp_path / "d", count=2, size=32) / "train"
    first = cached_pairs(folder, 32, tmp_path / "cache")
    monkeypatch.setattr("cgan_demo.data.paired.read_pair", lambda *_: pytest.fail("decoded twice"))
    assert np.array_equal(first, cached_pairs(folder, 32, tmp_path / "cache"))


def test_clear_errors(tmp_path):
    with pytest.raises(DataError, match="no folder"):
        list_pairs(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="holds no pictures"):
        list_pairs(tmp_path / "empty")
    (tmp_path / "A").mkdir(), (tmp_path / "B").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "A" / "x.png")
    with pytest.raises(DataError, match="no partner"):
        list_pairs(tmp_path)
    (tmp_path / "empty" / "bad.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match="cannot be read"):
        cached_pairs(tmp_path / "empty", 8, tmp_path / "cache")
    with pytest.raises(DataError, match="neither a folder"):
        obtain("mapz", tmp_path)


@pytest.fixture
def server():
    """A loopback server that understands Range and can break a connection off once."""
    payload = np.random.default_rng(0).bytes(300_000)

    class Handler(http.server.BaseHTTPRequestHandler):
        breaks = 1

        def do_GET(self):
            start = int((self.headers.get("Range") or "bytes=0-")[6:].split("-")[0])
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(payload) - start))
            self.end_headers()
            end = len(payload)
            if type(self).breaks:
                type(self).breaks -= 1
                end = 100_000
            self.wfile.write(payload[start:end])

        def log_message(self, *_):
            pass

    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{httpd.server_port}/maps.tar.gz", payload
    httpd.shutdown()


def test_download_goes_on_where_it_broke_off(server, tmp_path):
    url, payload = server
    path = tmp_path / "maps.tar.gz"
    with pytest.raises(DataError, match="Run the command again"):
        download(url, path)
    assert 0 < (tmp_path / "maps.tar.gz.partial").stat().st_size < len(payload)
    assert download(url, path, hashlib.sha256(payload).hexdigest()).read_bytes() == payload


def test_download_with_wrong_checksum_is_removed(server, tmp_path):
    url, _ = server
    with pytest.raises(DataError):
        download(url, tmp_path / "x")
    with pytest.raises(DataError, match="sha256 differs"):
        download(url, tmp_path / "x", "0" * 64)
    assert [path.name for path in tmp_path.iterdir()] == ["x.lock"]


def test_without_a_checksum_the_first_download_is_recorded_and_later_ones_are_held_against_it(server, tmp_path):
    url, payload = server
    path, record = tmp_path / "maps.tar.gz", tmp_path / "maps.tar.gz.sha256"
    with pytest.raises(DataError):
        download(url, path)
    assert not record.exists()  # it broke off
    download(url, path)
    assert record.read_text() == f"{hashlib.sha256(payload).hexdigest()}  maps.tar.gz\n"
    path.unlink()
    assert download(url, path).read_bytes() == payload
    path.unlink()
    record.write_text("0" * 64 + "  maps.tar.gz\n")
    with pytest.raises(DataError, match=r"sha256 differs from .*remove maps\.tar\.gz\.sha256 and try again"):
        download(url, path)
    assert sorted(f.name for f in tmp_path.iterdir()) == ["maps.tar.gz.lock", "maps.tar.gz.sha256"]
    record.unlink()
    assert download(url, path).read_bytes() == payload and record.exists()


def test_pictures_on_white_are_shrunk_and_moved_together():
    pair = np.full((2, 64, 64, 3), 255, np.uint8)
    pair[:, 16:48, 8:56] = 0
    jitter = Jitter(64, flips=False, shrink=0.5)
    cut = [jittered(pair, jitter, np.random.default_rng(seed)) for seed in range(20)]
    assert all(torch.equal(x[0], x[1]) for x in cut)
    ink = [float((x[0] < 0).float().mean()) for x in cut]
    whole = 32 * 48 / 64**2
    assert min(ink) < 0.6 * whole and max(ink) == pytest.approx(whole)
    pair[0, 0] = 90  # no white paper: left where it is
    assert len({float(jittered(pair, jitter, np.random.default_rng(s)).mean()) for s in range(20)}) == 1
