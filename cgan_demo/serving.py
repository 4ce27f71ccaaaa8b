"""Opens the page, for `python app.py` and `cgan-demo serve`; nothing is imported or set before it is asked to."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from . import places
from .device import limit_threads, serving_threads
from .errors import InputError

WITHOUT_MCP = "--mcp needs one more package: pip install -e '.[mcp]'"
TIDY = 30.0  # s between two moments at which freed memory goes back to the system
ARENA_MAX = -8  # the number by which glibc calls the most arenas that there are
FULL = "No port is free there ({error}) Stop what listens on it, or choose another with --port."


def serve(host: str | None = None, port: int | None = None, share: bool = False, mcp: bool = False) -> None:
    """Open the page, print its address, and stay until it is stopped.

    Args:
        host, port: by default GRADIO_SERVER_NAME or 127.0.0.1, GRADIO_SERVER_PORT or the first free one from 7860.
        share: also at a public address, through gradio's tunnel.
        mcp: also as an MCP server, whose tools are the page's calls.

    Raises:
        InputError: the port is taken, a package is missing, or a variable holds what cannot be used.
    """
    if mcp and importlib.util.find_spec("mcp") is None:
        raise InputError(WITHOUT_MCP)
    _prepare()
    load = _loader(serving_threads())
    keep_small()

    from .ui.page import build_page, launch_options

    page = build_page(load=load)
    try:
        page.launch(server_name=host, server_port=port, share=share, mcp_server=mcp, **launch_options())
    except OSError as error:
        if "port" not in str(error):
            raise
        raise InputError(FULL.format(error=str(error).split(". ")[0] + ".")) from error


def _loader(threads: int | None) -> Callable[[str], Any]:
    """Loads models that use so many threads; torch, which is slow to import, comes with the first of them."""
    from . import load

    def limited(model_id: str) -> Any:
        limit_threads(threads)
        return load(model_id)

    return limited


def _prepare() -> None:
    """Settings that the libraries read when they are imported."""
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # spinning threads stall each other on a busy machine
    places.prepare()


def keep_small(pause: float = TIDY) -> bool:
    """Return freed memory to the system, now and every `pause` seconds; False where the C library is not glibc.

    Models take and free hundreds of megabytes a call, in whichever thread runs it. Left alone, glibc gives each thread
    an arena of its own, and every arena keeps nearly the most that was ever used in it. Never to keep large blocks
    would be simpler, and would cost a fifth of the time of each call.
    """
    with suppress(AttributeError, OSError, TypeError):  # other systems have no such functions
        library = ctypes.CDLL(None)
        trim = library.malloc_trim
        library.mallopt(ARENA_MAX, 2)
        threading.Thread(target=_trim, args=(trim, pause), name="keep_small", daemon=True).start()
        return True
    return False


def _trim(trim: Any, pause: float) -> None:
    while True:
        trim(0)  # without Python's lock, in some milliseconds
        time.sleep(pause)
