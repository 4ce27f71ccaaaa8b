"""What the server keeps of each visitor: the values of the page's states, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from gradio.state_holder import SessionState, StateHolder

AFTER_CLOSING = 600  # s that states stay when the connection ended: a phone may only have been laid aside


class Session(SessionState):
    """Gradio's session without its second copy of the page and of everything that was shown or sent.

    Gradio keeps that copy, half a megabyte at first, for links that reopen a page as it was, and writes it to the disk
    for whoever asks for such a link. This page has none.
    """

    def __init__(self, blocks: Any):
        super().__init__(SimpleNamespace(default_config=blocks.default_config, blocks={}))  # type: ignore[arg-type]
        self.STATE_TTL_WHEN_CLOSED = AFTER_CLOSING  # Gradio's is an hour

    def _update_config(self, key: int) -> None:
        """Nothing; and so below."""

    def _update_value_in_config(self, key: int, value: Any) -> None: ...

    @property
    def components(self) -> Iterator[dict[str, Any]]:
        return iter(())


class Sessions(StateHolder):
    """Those of all visitors, of whom the one who was away longest is forgotten first."""

    def __getitem__(self, session_id: str) -> SessionState:
        if session_id not in self.session_data:
            self.session_data[session_id] = Session(self.blocks)
        return super().__getitem__(session_id)
