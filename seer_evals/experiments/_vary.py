"""What varies between the arms of an experiment, and how each arm comes to its name."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Self

from pydantic import Field, model_validator

from seer_evals.frozen import Frozen
from seer_evals.near import did_you_mean

INSPECTS = (
    "task",
    "model",
    "model_roles",
    "generate_config",
    "eval_config",
    "solver",
    "tags",
    "metadata",
    "sandbox",
)
"""Fields that are Inspect's own."""
NAME = re.compile(r"[A-Za-z0-9][\w.=,+-]*")
Changes = dict[str, Any]
"""By place, what is put there."""


class Subsets(Frozen):
    """Those parts of a list that tell what each entry is worth: none, all, each alone, and all but each.

    Attributes:
        subsets: The list, of skills mostly.
    """

    subsets: list[str] = Field(min_length=2)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if twice := [name for name, count in Counter(self.subsets).items() if count > 1]:
            raise ValueError(f"subsets names {twice[0]!r} twice")
        return self

    def parts(self) -> dict[str, list[str]]:
        """By name, each part once: of two entries, all but one is the other alone."""
        found = {"none": [], "all": self.subsets}
        found |= {name: [name] for name in self.subsets}
        if len(self.subsets) > 2:
            found |= {f"all-but-{name}": self.without(name) for name in self.subsets}
        return found

    def without(self, name: str) -> list[str]:
        """All but this one."""
        return [each for each in self.subsets if each != name]


class Vary(Frozen):
    """What varies, each a place in Inspect's configuration such as `solver` or `task.args.skills`.

    The first arm is the one that all others are compared with.

    Attributes:
        grid: By place, the values that are tried there, each with each; the first of each make the first arm.
        arms: By name, what is put where; after those of the grid.
    """

    grid: dict[str, Subsets | list[Any]] = Field(default_factory=dict)
    arms: dict[str, Changes] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _can_be_told_apart(self) -> Self:
        if not self.grid and not self.arms:
            raise ValueError("say arms (by name), or grid (values by place)")
        if wrong := [name for name in self.arms if not NAME.fullmatch(name)]:
            raise ValueError(f"{wrong[0]!r} cannot be an arm's name: it is a folder's, too; letters, digits, - and _")
        if empty := [place for place, values in self.grid.items() if not values]:
            raise ValueError(f"grid: {empty[0]} has no values")
        return self

    def changes(self) -> dict[str, Changes]:
        """By the arm's name, what it has of its own.

        Raises:
            ValueError: Two arms have one name.
        """
        named = [(name, changes) for name, changes, _ in self.combinations()] if self.grid else []
        named += self.arms.items()
        if twice := [name for name, count in Counter(name for name, _ in named).items() if count > 1]:
            raise ValueError(f"vary: two arms would be called {twice[0]!r}; give them names, as arms")
        return dict(named)

    def combinations(self) -> list[tuple[str, Changes, dict[str, str]]]:
        """Of the grid: an arm's name, what it changes, and what each value of it is called, by place."""
        found: list[tuple[Changes, dict[str, str]]] = [({}, {})]
        for place, values in self.grid.items():
            options = list(values.parts().items()) if isinstance(values, Subsets) else _called(values)
            found = [
                ({**changes, place: value}, {**names, place: name})
                for changes, names in found
                for name, value in options
            ]
        return [(_joined(names), changes, names) for changes, names in found]


def _called(values: Sequence[Any]) -> list[tuple[str, Any]]:
    return [(_short(value), value) for value in values]


def _joined(names: Mapping[str, str]) -> str:
    said = [f"{place.rsplit('.', 1)[-1]}={name}" for place, name in names.items()]
    return re.sub(r"[^\w.=,+-]+", "-", ",".join(said))


def _short(value: Any) -> str:
    if isinstance(value, dict) and "solver" in value:
        return "-".join([_short(value["solver"]), *map(str, value.get("args", {}).values())])
    if isinstance(value, dict) and "model" in value:
        return _short(value["model"])
    if isinstance(value, list):
        return "+".join(map(_short, value)) or "none"
    return str(value).rsplit("/", 1)[-1].removesuffix(".py") or "none"


def put(fields: dict[str, Any], changes: Changes) -> dict[str, Any]:
    """The fields with what is changed; what is not changed is shared.

    Raises:
        ValueError: A place is none.
    """
    made = dict(fields)
    for place, value in changes.items():
        first, *rest = place.split(".")
        if first not in INSPECTS:
            hint = did_you_mean(first, INSPECTS) or f"; available: {', '.join(INSPECTS)}"
            raise ValueError(f"{place!r} begins with no field of Inspect's{hint}")
        made[first] = _within(made.get(first), rest, value, place)
    return made


def _within(held: Any, rest: list[str], value: Any, place: str) -> Any:
    if not rest:
        return value
    if place.startswith("task.") and isinstance(held, str):
        held = {"task": held}
    if place.startswith("solver.") and isinstance(held, str):
        held = {"solver": held}
    if not isinstance(held, dict | None):
        raise ValueError(f"there is nothing below {place!r} to be set")
    held = dict(held or {})
    held[rest[0]] = _within(held.get(rest[0]), rest[1:], value, place)
    return held
