"""`skill`: folders that the agent discovers and opens when it wants; their scripts can be imported."""

from collections.abc import Sequence

from inspect_ai.tool import skill

from seer_evals.lab.forms._form import AnyTool, Form, Reach
from seer_evals.lab.skills import ReadSkill


def tools(techniques: Sequence[ReadSkill], reach: Reach) -> Sequence[AnyTool]:
    """Inspect's `skill` tool, whose description lists the skills."""
    return [skill([technique.skill for technique in techniques])]


FORM = Form("skill", tools=tools, importable=True, opens=True)
