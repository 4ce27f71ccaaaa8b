"""What the section "Why GANs fail" computes: a game in the plane, state by state, for the part that draws it."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # torch is slow to import, and the page is laid out without it
    import numpy as np

    from ...gan_games.plane import Game, State

LIMIT = 90.0  # s, of a game, however slow the machine is
EFFORT = 5000  # steps of G, where D makes one for each of them
ARROWS = 96  # samples whose pull is drawn
HELD = 400  # steps of D while the generator is held
PAUSE = 0.12  # s between states that are shown, at least

MIXTURES = {"Ring of 8": "ring of 8", "Grid of 25": "grid of 25"}
OBJECTIVES = {
    "Minimax (2014)": "minimax",
    "Non-saturating (2014)": "non-saturating",
    "LSGAN": "lsgan",
    "WGAN, clipped": "wgan",
    "WGAN-GP": "wgan-gp",
    "Hinge": "hinge",
}
CRITIC_STEPS = {"1": 1, "5": 5, "20": 20}


def game_of(mixture: str, objective: str, autoencoder: bool, critic: str, seed: int) -> Game:
    """The game of these choices. The better D is to be, the fewer steps G gets, so that all take about as long.

    Raises:
        InputError: no such choice.
    """
    from ...errors import InputError
    from ...gan_games.plane import Game

    choices = ((mixture, MIXTURES), (objective, OBJECTIVES), (critic, CRITIC_STEPS))
    for given, known in choices:
        if given not in known:
            raise InputError(f"There is no choice {given!r}: take {', '.join(known)}.")
    steps = CRITIC_STEPS[critic]
    return Game(
        mixture=MIXTURES[mixture],
        objective=OBJECTIVES[objective],
        autoencoder=1.0 if autoencoder else 0.0,
        steps=2 * EFFORT // (1 + steps),
        critic_steps=steps,
        seed=seed,
    )


@dataclass(frozen=True)
class Tables:
    """The games that visitors play; each visitor plays one at a time. `playing`: the last one of each session."""

    playing: dict[str, object] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def play(self, session: str, game: Game) -> Iterator[str]:
        """Values for the part, until the game is over, is stopped, takes too long, or the visitor starts another."""
        from ...gan_games.plane import play

        states = play(game, max(1, game.steps // 200))
        return self._watched(session, (state_value(state, game) for state in _paced(states, game.steps)))

    def hold(self, session: str, game: Game) -> Iterator[str]:
        """The same while the generator is held and D alone learns."""
        from ...gan_games.plane import perfecting

        return self._watched(session, (held_value(*told, game) for told in perfecting(game, HELD)))

    def warm(self) -> None:
        """Make the first game start at once: the first step ever of an optimiser takes seconds."""
        from ...gan_games.plane import Game, play

        for _ in play(Game(steps=1, width=4, batch=8)):
            pass

    def _watched(self, session: str, values: Iterator[str]) -> Iterator[str]:
        mine = object()
        with self.lock:
            self.playing[session] = mine
        end = time.monotonic() + LIMIT
        try:
            for value in values:
                if self.playing.get(session, mine) is not mine:
                    return  # another game is on the board
                yield value
                if session not in self.playing or time.monotonic() > end:
                    break
            yield over_value()
        finally:
            with self.lock:
                if self.playing.get(session) is mine:
                    del self.playing[session]

    def stop(self, session: str) -> None:
        """End the visitor's game where there is one."""
        with self.lock:
            self.playing.pop(session, None)


def _paced(states: Iterator[State], last: int) -> Iterator[State]:
    """Without those that follow too soon, but for the last."""
    shown = -PAUSE
    for state in states:
        if state.step in (0, last) or time.monotonic() - shown >= PAUSE:
            shown = time.monotonic()
            yield state


def held_value(state: State, lengths: Mapping[str, float], game: Game) -> str:
    """A state in which D alone learns, with the lengths of the generator's gradients under two objectives."""
    told = {name: _finite(length) for name, length in lengths.items()}
    return json.dumps(_seen(state, game) | told | {"held": True, "steps": HELD})


def state_value(state: State, game: Game) -> str:
    """A state as JSON, see `_seen`."""
    return json.dumps(_seen(state, game))


def _seen(state: State, game: Game) -> dict[str, Any]:
    """What is shown of a state; places as whole hundredths, D in 0 to 255 between its least and its greatest value."""
    probable = bool(state.sure == state.sure)  # not nan
    low, high = (0.0, 1.0) if probable else (float(state.landscape.min()), float(state.landscape.max()))
    value: dict[str, Any] = {
        "step": state.step,
        "steps": game.steps,
        "samples": _hundredths(state.samples),
        "field": _hundredths(_shortened(state.field[:ARROWS])),
        "d": _bytes(state.landscape, low, high),
        "best": _bytes(state.best, 0.0, 1.0),
        "low": low,
        "high": high,
        "modes": state.modes,
        "of": state.of_modes,
        "share": round(state.share, 3),
        "g": _finite(state.generator_gradient),
        "c": _finite(state.critic_gradient),
        "sure": _finite(state.sure),
        "pull": _finite(_mean_length(state.field)),
    }
    if state.step == 0:
        value["real"] = _hundredths(state.real)
    return value


def over_value() -> str:
    """What follows the last state."""
    return json.dumps({"over": True})


def _hundredths(places: np.ndarray) -> str:
    """(N, 2) -> int16, little endian, base64."""
    return base64.b64encode((100 * places).clip(-30000, 30000).astype("<i2").tobytes()).decode("ascii")


def _bytes(landscape: np.ndarray, low: float, high: float) -> str:
    """(41, 41), rows from below -> uint8, base64."""
    scaled = 255 * (landscape - low) / max(high - low, 1e-9)
    return base64.b64encode(scaled.clip(0, 255).astype("uint8").tobytes()).decode("ascii")


def _shortened(pull: np.ndarray) -> np.ndarray:
    """Arrows no longer than half a unit, which are told apart best when their lengths are square roots. (N, 2)"""
    import numpy as np

    length = np.linalg.norm(pull, axis=1, keepdims=True)
    return pull / np.maximum(length, 1e-9) * np.minimum(0.5, 0.25 * np.sqrt(length))


def _mean_length(pull: np.ndarray) -> float:
    import numpy as np

    return float(np.linalg.norm(pull, axis=1).mean())


def _finite(number: float) -> float | None:
    """JSON knows no nan."""
    return float(f"{number:.4g}") if abs(number) < 1e30 else None
