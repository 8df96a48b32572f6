"""`tools`: one tool per function, with the schema of its signature and the words of its docstring."""

from collections.abc import Sequence

from seer_evals.lab.forms._form import AnyTool, Form, Reach
from seer_evals.lab.functions import function_tools
from seer_evals.lab.skills import ReadSkill


def tools(techniques: Sequence[ReadSkill], reach: Reach) -> Sequence[AnyTool]:
    """The tools; a call runs in the process that has the models."""
    functions = [function for technique in techniques for function in technique.functions]
    return function_tools(functions, reach.call, reach.model)


FORM = Form("tools", tools=tools, serves=True, needs_functions=True)
