"""A server that stays small."""

from __future__ import annotations

import ctypes
import sys
import threading
from types import SimpleNamespace

import pytest

from cgan_demo import serving


@pytest.mark.skipif(sys.platform != "linux", reason="looks at what Linux says of a process")
def test_freed_memory_goes_back_to_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a part still in use behind them, glibc alone would keep all of these blocks."""
    if not hasattr(ctypes.CDLL(None), "malloc_trim"):
        pytest.skip("this is not glibc")
    rested, again = threading.Semaphore(0), threading.Semaphore(0)

    def sleep(seconds: float) -> None:
        assert seconds == serving.TIDY
        rested.release()
        again.acquire()

    monkeypatch.setattr(serving, "time", SimpleNamespace(sleep=sleep))
    assert serving.keep_small() and rested.acquire(timeout=60)
    blocks = [bytes([1]) * 60_000 for _ in range(2000)]  # 114 MB, too small to be mapped one by one
    kept, full = blocks[::50], resident()
    del blocks
    loose = resident()
    again.release()
    assert rested.acquire(timeout=60)
    assert len(kept) == 40 and full - resident() > 80 and loose - resident() > 20


def resident() -> float:
    """MB of this process."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def test_other_systems_do_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    assert not serving.keep_small()
