"""`prompt`: the instructions only."""

from collections.abc import Sequence

from seer_evals.lab.forms._form import Form
from seer_evals.lab.skills import ReadSkill

NOT_INSTALLED = "The modules that this page imports from its own scripts ({modules}) are not installed here."


def brief(techniques: Sequence[ReadSkill]) -> str:
    """Each SKILL.md word for word, without its front matter."""
    return "\n\n".join(_page(technique) for technique in techniques)


def _page(technique: ReadSkill) -> str:
    modules = ", ".join(f"`{module.name}`" for module in technique.modules)
    remark = NOT_INSTALLED.format(modules=modules) if modules else ""
    return "\n\n".join(
        part for part in (f"# Technique: {technique.name}", remark, technique.skill.instructions) if part
    )


FORM = Form("prompt", brief=brief)
