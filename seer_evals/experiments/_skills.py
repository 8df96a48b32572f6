"""What each skill is worth, alone and left out, and whether an agent makes of a tool what the tool shows by itself."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seer_evals.experiments._called import Called
from seer_evals.experiments._experiment import Experiment
from seer_evals.experiments._results import Arm, organism_of, paired
from seer_evals.experiments._statistics import Paired, interval
from seer_evals.experiments._vary import Subsets
from seer_evals.intervals import Estimate, proportion

SKILLS = "task.args.skills"
"""The place of the skills that an agent is given."""
TECHNIQUE = "technique"
"""The solver that is one technique alone."""
SHOWN = 0.5
"""An organism counts as shown, or as solved, by an arm whose samples of it have at least this mean."""


@dataclass(frozen=True)
class Worth:
    """What an entry of a list is worth.

    Attributes:
        place: Of the list.
        entry: One of it.
        alone: By itself, minus none.
        added: All of them, minus all but it.
    """

    place: str
    entry: str
    alone: Estimate
    added: Estimate


@dataclass(frozen=True)
class Gap:
    """An agent and the tools that it had. Organisms only: of a clean twin there is nothing that a tool could show.

    Attributes:
        arm: The agent's.
        tools: Its skills of which another arm is the technique alone.
        shown: Share of organisms on which one of those arms is right.
        right: Share of the same organisms on which the agent is right.
        missed: Share on which a tool shows it and the agent is not right: the tool-to-agent gap.
        called: Share of the agent's samples, twins included, in which it called one of these tools.
    """

    arm: str
    tools: tuple[str, ...]
    shown: Estimate
    right: Estimate
    missed: Estimate
    called: Estimate


def worths(experiment: Experiment, arms: Sequence[Arm]) -> list[Worth]:
    """Of every list of which subsets were tried, what each entry is worth, over all that varies besides.

    Args:
        experiment: With the grid.
        arms: What came of each.
    """
    by_name = {arm.name: arm for arm in arms}
    found = []
    for place, values in experiment.vary.grid.items():
        if isinstance(values, Subsets):
            grouped = _grouped(experiment, place, by_name)
            for entry in values.subsets:
                rest = f"all-but-{entry}" if len(values.subsets) > 2 else values.without(entry)[0]
                alone = _over(grouped, "none", entry, experiment)
                found.append(Worth(place, entry, alone, _over(grouped, rest, "all", experiment)))
    return found


def _grouped(experiment: Experiment, place: str, arms: Mapping[str, Arm]) -> list[dict[str, Arm]]:
    """For each value of what varies besides, the arms by what they have at the place."""
    found: dict[tuple[str, ...], dict[str, Arm]] = defaultdict(dict)
    for name, _, called in experiment.vary.combinations():
        found[tuple(each for at, each in called.items() if at != place)][called[place]] = arms[name]
    return list(found.values())


def _over(grouped: Sequence[Mapping[str, Arm]], first: str, second: str, experiment: Experiment) -> Estimate:
    """The mean difference over organisms, of all groups together."""
    differences: dict[str, list[float]] = defaultdict(list)
    for group in grouped:
        for organism, each in paired(group[first], group[second], experiment.verdict.scored).differences.items():
            differences[organism] += each
    return interval(Paired(differences).means, experiment.verdict.alpha)


def gaps(experiment: Experiment, arms: Sequence[Arm], called: Mapping[str, Called]) -> list[Gap]:
    """Of each agent that had a skill of which another arm is the technique alone.

    Args:
        experiment: Says which arm is which.
        arms: What came of each.
        called: By the agent's arm, what its samples called.
    """
    by_name, metric = {arm.name: arm for arm in arms}, experiment.verdict.scored
    configs = {name: config for name, config in experiment.arms().items() if name in by_name}
    alone = {technique_of(config): by_name[name] for name, config in configs.items()}
    return [
        _gap(by_name[name], {tool: alone[tool] for tool in tools}, metric, called.get(name, {}))
        for name, config in configs.items()
        if (tools := [each for each in skills_of(config) if each in alone])
    ]


def _gap(arm: Arm, tools: Mapping[str, Arm], metric: str, called: Called) -> Gap:
    own = _solved(arm, metric)
    others = [_solved(each, metric) for each in tools.values()]
    shown = {organism: any(each.get(organism, False) for each in others) for organism in own}
    return Gap(
        arm=arm.name,
        tools=tuple(tools),
        shown=proportion([*shown.values()]),
        right=proportion([*own.values()]),
        missed=proportion([shown[organism] and not own[organism] for organism in own]),
        called=proportion([not skills.isdisjoint(tools) for skills in called.values()]),
    )


def _solved(arm: Arm, metric: str) -> dict[str, bool]:
    """By organism, without its twin, whether the arm is right about it."""
    found: dict[str, list[float]] = defaultdict(list)
    for (_, id, _), values in arm.samples.items():
        if metric in values and organism_of(id) == id:
            found[id].append(values[metric])
    return {organism: sum(each) / len(each) >= SHOWN for organism, each in found.items()}


def skills_of(config: Mapping[str, Any]) -> list[str]:
    """The skills that an arm's agent is given by name; none for a technique alone, which has its own."""
    if technique_of(config):
        return []
    task = config.get("task")
    given = task.get("args", {}).get("skills", []) if isinstance(task, dict) else []
    return [each.strip() for each in (given.split(",") if isinstance(given, str) else given) if each.strip()]


def technique_of(config: Mapping[str, Any]) -> str:
    """The technique that an arm is alone; empty for an agent."""
    solver = config.get("solver")
    if not isinstance(solver, dict):
        return ""
    named = str(solver.get("solver")).rsplit("/", 1)[-1].removesuffix(".py")
    return str(solver.get("args", {}).get("name", "")) if named == TECHNIQUE else ""


def agents(experiment: Experiment) -> Iterator[str]:
    """The arms of which it is asked what they called."""
    return (name for name, config in experiment.arms().items() if skills_of(config))
