"""`notebook`: a Jupyter kernel in the sandbox with the models in its namespace."""

from inspect_ai.tool import Tool

from seer_evals.lab.notebook import notebook_tools
from seer_evals.lab.sessions._place import Place
from seer_evals.lab.sessions._session import Session

MODEL = "- `{name}` ({kind}) and `{tokenizer}`, Hugging Face objects, are variables of the kernel already.{adapter}"


def tools(place: Place, notebook: str) -> list[Tool]:
    """One that runs a cell, and one for the notebook besides: notes, long outputs, edits, waiting, restarts."""
    return notebook_tools(place.notebook(notebook))


SESSION = Session("notebook", MODEL, tools, evidence="cell", runs_code=True)
