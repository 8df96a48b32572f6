"""Starting points: where each member begins, so that they do not all take the same way."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from seer_evals.lab import Lab, ReadSkill, find_skills
from seer_evals.lab.skills import unmet_need
from seer_evals.refusal import Refusal
from seer_evals.solvers._bench.prompts import PROMPTS

SKILL = "skill:"


@dataclass(frozen=True)
class Angle:
    """A starting point."""

    name: str
    text: str
    """What the member is told."""
    skill: ReadSkill | None = None
    """A technique whose functions the member can import."""


def parse_angles(given: str | Sequence[str]) -> tuple[Angle, ...]:
    """Starting points by name, by skill, or in words of their own.

    Args:
        given: Each is the name of a section of `prompts/team_angles.md`, `skill:NAME`, or a text of several words; a
            string may list names, separated by commas. Nothing stands for all the sections.

    Raises:
        ValueError: A name is unknown; the message has those that are known.
    """
    if isinstance(given, str):
        pieces = [piece.strip() for piece in given.split(",") if piece.strip()]
        given = pieces if not any(" " in piece for piece in pieces) else [given]
    known = _sections()
    return tuple(_angle(each.strip(), known) for each in given) or tuple(known.values())


async def hand_over(lab: Lab, angle: Angle) -> None:
    """Let notebooks import the functions of the angle's skill, if it has one.

    Raises:
        Refusal: The skill cannot work in this laboratory; the message says why and what to do.
    """
    if angle.skill is None:
        return
    name = angle.skill.name
    if lab.plan.session.name != "notebook":
        raise Refusal(f"the angle skill:{name} needs -T session=notebook, where its functions can be imported")
    if reason := unmet_need(angle.skill, lab.environment):
        raise Refusal(f"the angle skill:{name} cannot be used here: {reason}; leave it out of -S angles")
    if missing := sorted(set(angle.skill.packages) - set(lab.environment.packages)):
        raise Refusal(
            f"the angle skill:{name} needs {', '.join(missing)} in the sandbox; add -T skills={name}, which brings it"
        )
    await lab.import_skills(name)


def _angle(text: str, known: dict[str, Angle]) -> Angle:
    if text.startswith(SKILL):
        (skill,) = find_skills([text.removeprefix(SKILL)])
        words = f"Start with the technique `{skill.name}`. Its functions can be imported in your notebook."
        return Angle(text, f"{words}\n\n{skill.skill.instructions.strip()}", skill)
    if re.search(r"\s", text):
        return Angle("own", text)
    if text not in known:
        raise ValueError(
            f"unknown angle {text!r}; available: {', '.join(known)}, skill:NAME (see `seer skill list`), or a text of "
            "several words"
        )
    return known[text]


def _sections() -> dict[str, Angle]:
    """The starting points that come with the package, by name."""
    text = (PROMPTS / "team_angles.md").read_text(encoding="utf-8")
    _, *parts = re.split(r"(?m)^# (\S+)$", text)
    return {name: Angle(name, words.strip()) for name, words in zip(parts[::2], parts[1::2], strict=True)}
