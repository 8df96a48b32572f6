"""`notebook`: a Jupyter kernel in the sandbox with the models in its namespace."""

from inspect_ai.tool import Tool

from seer_evals.environment import ModelSpec
from seer_evals.lab.notebook import notebook_tools
from seer_evals.lab.sessions._place import Place
from seer_evals.lab.sessions._session import Session, adapter_words, kind_of


def describe_model(spec: ModelSpec, has_adapter: bool) -> str:
    """Its variables, and how to switch the adapter off."""
    text = (
        f"- `{spec.name}` ({kind_of(spec)}) and `{spec.tokenizer_name}`, Hugging Face objects, are variables of the "
        "kernel already."
    )
    return text + adapter_words(spec, has_adapter)


def tools(place: Place, notebook: str) -> list[Tool]:
    """One that runs a cell, and one for the notebook besides: notes, long outputs, edits, waiting, restarts."""
    return notebook_tools(place.notebook(notebook))


SESSION = Session("notebook", describe_model, tools, evidence="cell", runs_code=True)
