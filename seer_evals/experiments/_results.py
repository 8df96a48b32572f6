"""From the logs of the arms to what is compared: each sample's metric, what it cost, and whose sample it is."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from seer_evals.analysis.compare import Harness, harnesses, read_logs
from seer_evals.experiments._statistics import Paired

COST, SECONDS, TOKENS = "process_cost", "seconds", "tokens"
"""Values of a sample by which arms are compared besides the metric."""
SampleKey = tuple[str, str, int]
"""Task, sample id and epoch."""
_CONTROLS = ("-twin", "-control")


@dataclass(frozen=True)
class Arm:
    """What came of an arm: by sample, its values by name; what a sample has none of is missing."""

    name: str
    samples: Mapping[SampleKey, Mapping[str, float]] = field(default_factory=dict)

    def values(self, metric: str) -> list[float]:
        """Of all samples that have it."""
        return [values[metric] for values in self.samples.values() if metric in values]

    def total(self, metric: str) -> float | None:
        """The sum over all samples; none where a sample has no value."""
        found = self.values(metric)
        return sum(found) if found and len(found) == len(self.samples) else None

    @property
    def metrics(self) -> set[str]:
        """Names of all values that there are."""
        return {name for values in self.samples.values() for name in values}


def organism_of(id: str) -> str:
    """What a sample's twin or control is called without the ending: the two are one unit."""
    for ending in _CONTROLS:
        id = id.removesuffix(ending)
    return id


def arm_results(name: str, folder: Path) -> Arm:
    """What came of an arm so far; nothing, if its folder has no log with samples.

    A sample that was run again counts once, as it was last; one that ended with an error does not count.
    """
    try:
        found = harnesses(read_logs(folder))
    except FileNotFoundError:
        return Arm(name)
    return Arm(name, dict(_merged(found)))


def _merged(found: list[Harness]) -> Iterator[tuple[SampleKey, Mapping[str, float]]]:
    for harness in found:
        yield from harness.samples.items()


def paired(first: Arm, second: Arm, metric: str) -> Paired:
    """The differences, second minus first, on the samples that both have."""
    found: dict[str, list[float]] = defaultdict(list)
    for key, values in first.samples.items():
        other = second.samples.get(key, {})
        if metric in values and metric in other:
            found[organism_of(key[1])].append(other[metric] - values[metric])
    return Paired(dict(found))
