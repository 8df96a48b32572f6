"""The notebook session: a Jupyter kernel in the sandbox, its tools for the agent, and the `.ipynb` on the host."""

from seer_evals.lab.notebook._channel import NotebookError
from seer_evals.lab.notebook.document import NotebookDocument, cell_by_number
from seer_evals.lab.notebook.extract import notebooks_in
from seer_evals.lab.notebook.rendering import cell_told_of, output_text
from seer_evals.lab.notebook.result import CellResult
from seer_evals.lab.notebook.session import NotebookSession, open_notebook
from seer_evals.lab.notebook.tools import notebook_tools

__all__ = [
    "CellResult",
    "NotebookDocument",
    "NotebookError",
    "NotebookSession",
    "cell_by_number",
    "cell_told_of",
    "notebook_tools",
    "notebooks_in",
    "open_notebook",
    "output_text",
]
