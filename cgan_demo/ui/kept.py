"""What a visitor painted or typed comes back when the page is loaded again, or its server was started again.

It lies in the browser's own store, where the page's scripts put it, so that a server that is gone loses nothing. Only
pads and fields are kept there: never a photo, nor what was traced from one. What comes back is as untrusted as all that
is sent; what cannot be used of it is as if it had not been kept. A gr.BrowserState would do for fields, but not for
pads, which go on painting when nobody answers, and whose paintings it would encrypt with each stroke.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from .events import script
from .parts.paintpad import from_data_url


def bring(tab: str, pads: Sequence[str] = ()) -> str:
    """JavaScript for the event that first fills a tab, whose last input is a Textbox for `Kept.read`.

    pads: elem_ids of its pads, under which their paintings are found.
    """
    return script("kept", "bring", tab, list(pads))


def note(tab: str, names: Sequence[str]) -> str:
    """JavaScript that keeps the values of a tab's fields under these names, in the order of its inputs."""
    return script("kept", "note", tab, list(names))


@dataclass(frozen=True)
class Kept:
    """Each question is answered with None where it was not kept, or cannot be used."""

    values: Mapping[str, Any]

    @classmethod
    def read(cls, text: str | None) -> Kept:
        """Of what `bring` sends; of anything else, nothing."""
        try:
            values = json.loads(text or "{}")
        except (ValueError, RecursionError):
            values = {}
        return cls({k: v for k, v in values.items() if v is not None} if isinstance(values, dict) else {})

    def choice(self, name: str, choices: Iterable[str]) -> str | None:
        value = self.values.get(name)
        return value if isinstance(value, str) and value in choices else None

    def integer(self, name: str, most: int) -> int | None:
        """A number from 0 to `most`."""
        value = self.values.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most else None

    def text(self, name: str, longest: int) -> str | None:
        """A text of up to so many characters, with something in it."""
        value = self.values.get(name)
        return value if isinstance(value, str) and value.strip() and len(value) <= longest else None

    def painting(self, pad: str) -> str | None:
        """What was on a pad, as it was sent; see `paintpad.from_data_url`."""
        value = self.values.get(pad)
        try:
            from_data_url(value if isinstance(value, str) else None)
        except InputError:
            return None
        return value  # type: ignore[no-any-return]
