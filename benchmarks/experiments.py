"""How often an experiment claims a difference where there is none, and how often its interval holds the truth.

Organisms are drawn from a population of which the truth is known: each has its own chance to be seen through by the
first arm (a beta distribution: some are easy, some hopeless), and the second arm adds to it. Each is investigated four
times (two epochs, organism and twin), yes or no.
"""

import numpy as np

from benchmarks._report import machine
from seer_evals.experiments._statistics import interval, sign_flip

REPETITIONS = 1000
EACH = 4
"""Samples of an organism."""
POPULATIONS = {"mixed": (1.0, 1.0), "hard": (0.5, 2.0), "all alike": (50.0, 50.0)}
"""Shape of the beta distribution of an organism's chance."""
EFFECTS = (0.0, 0.2)


def main() -> None:
    """Print false claims at .05 and coverage of the 95 % interval."""
    print(f"{REPETITIONS} repetitions each; {machine()}\n")
    rows = []
    for name, shape in POPULATIONS.items():
        for organisms in (8, 16, 40):
            rng = np.random.default_rng(0)
            for effect in EFFECTS:
                claims, covered = _simulated(rng, shape, organisms, effect)
                rows.append((name, organisms, effect, f"{claims:.3f}", f"{covered:.3f}"))
    print("| population | organisms | difference | claimed at .05 | interval holds the truth |\n|---|---|---|---|---|")
    for row in rows:
        print("| " + " | ".join(map(str, row)) + " |", flush=True)


def _simulated(
    rng: np.random.Generator, shape: tuple[float, float], organisms: int, effect: float
) -> tuple[float, float]:
    """Shares of repetitions in which p is below .05, and in which the interval has the population's mean difference."""
    truth = float(np.mean(_added(rng.beta(*shape, 200_000), effect)))
    claimed = covered = 0
    for _ in range(REPETITIONS):
        first = rng.beta(*shape, organisms)
        second = first + _added(first, effect)
        gaps = rng.binomial(EACH, second) / EACH - rng.binomial(EACH, first) / EACH
        means = [float(each) for each in gaps]
        claimed += sign_flip(means) < 0.05
        found = interval(means)
        covered += found.low <= truth <= found.high
    return claimed / REPETITIONS, covered / REPETITIONS


def _added(chance: "np.typing.NDArray[np.float64]", effect: float) -> "np.typing.NDArray[np.float64]":
    return np.minimum(1.0, chance + effect) - chance


if __name__ == "__main__":
    main()
