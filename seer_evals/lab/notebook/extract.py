"""The notebooks that a sample of an evaluation log carries."""

from typing import Any

from inspect_ai.log import EvalSample

NOTEBOOKS_KEY = "seer:notebooks"
"""Store key of the notebooks: a dict from kernel name to notebook."""


def notebooks_in(sample: EvalSample) -> dict[str, Any]:
    """The notebooks of a sample by kernel name, each a validated `nbformat.NotebookNode` ready for `nbformat.write`.

    Raises:
        nbformat.ValidationError: What the log holds is no notebook.
    """
    import nbformat  # with what it checks by, a second

    notebooks = {name: nbformat.from_dict(notebook) for name, notebook in sample.store.get(NOTEBOOKS_KEY, {}).items()}
    for notebook in notebooks.values():
        nbformat.validate(notebook)
    return notebooks
