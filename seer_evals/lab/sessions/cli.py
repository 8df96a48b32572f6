"""`cli`: a persistent shell and an editor for files; a module that is there loads the models into its Python."""

import json
import shlex

from inspect_ai.tool import Tool, bash_session, text_editor

from seer_evals.environment import IN_KERNEL, Environment
from seer_evals.lab.sessions._place import Place
from seer_evals.lab.sessions._session import Session

LOADER = "lab_models"
"""The module that loads the models; `from lab_models import model, tokenizer`."""

_SOURCE = '''\
"""The laboratory's models. Importing this loads them, which takes seconds."""

import json

from seer_runtime.models.load import load

globals().update(load(json.loads({specs!r})))
'''


MODEL = f"- {{Kind}}: `from {LOADER} import {{name}}, {{tokenizer}}` in Python gives Hugging Face objects.{{adapter}}"


def tools(place: Place, notebook: str) -> list[Tool]:
    """Inspect's shell and editor, each of which keeps its state from call to call."""
    return [bash_session(), text_editor()]


async def prepare(place: Place) -> None:
    """Write the loader, let the shell's Python find it, and bind the tools to this sandbox.

    Raises:
        RuntimeError: The sandbox does not take one of these; the message has what it said.
    """
    await place.sandbox.write_file(f"{place.library}/{LOADER}.py", loader_source(place))
    path, workspace = shlex.quote(f"{place.library}:{place.layout.runtime}"), shlex.quote(place.layout.workspace)
    lines = f"export PYTHONPATH={path}\nPS1='$ '\ncd {workspace}\n"
    done = await place.sandbox.exec(["sh", "-c", 'cat >> "$HOME/.bashrc"'], input=lines)
    if not done.success:
        raise RuntimeError(f"the shell of the cli session cannot be set up: {done.stderr.strip()}")
    # Inspect's shell and editor run in whichever sandbox got their injected program first: it must be this one.
    await place.sandbox.exec_remote(["true"], stream=False)


def loader_source(place: Place) -> str:
    """The loader's source, with the neutral paths of the weights that the kernel loads as well."""
    return _SOURCE.format(specs=json.dumps(place.preload.get("models", [])))


def refuse(environment: Environment) -> None:
    """Refuse a hidden system prompt, which a process that loads the model itself would have to know.

    Raises:
        ValueError: The environment has one.
    """
    for model in environment.models:
        if model.hidden_system_prompt() and model.placement == IN_KERNEL:
            raise ValueError(
                f"session 'cli' cannot keep the system prompt of {model.name!r} hidden: the agent's own Python loads "
                "the model there and would have to be told it; use session=notebook or tools, or place the model in a "
                "scoped sandbox"
            )


SESSION = Session("cli", MODEL, tools, evidence="message", runs_code=True, prepare=prepare, refuse=refuse)
