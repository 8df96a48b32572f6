"""Names that a skill's functions and modules cannot have, with the reason."""

import builtins
import importlib.metadata
import sys
from functools import cache

VARIABLES = ("model", "tokenizer", "lm")
TOOLS = (
    *("bash", "bash_session", "python", "text_editor", "computer", "web_search", "web_browser", "code_execution"),
    *("think", "memory", "todo_write", "update_plan", "read_file", "list_files", "grep", "ask_user", "notify_user"),
    *("skill", "submit", "submit_report"),
    *("run_cell", "notebook"),
)
OURS = ("seer_runtime", "seer_evals", "lab_models")
LONGEST = 64
"""Characters of a tool's name that every provider takes."""


def reserved_names() -> dict[str, str]:
    """Names that no function may have, each with the reason."""
    return {
        **dict.fromkeys(dir(builtins), "which is a builtin of Python"),
        **dict.fromkeys(VARIABLES, "which is a variable of the notebook"),
        **dict.fromkeys(TOOLS, "which is the name of another tool"),
    }


@cache
def reserved_modules() -> dict[str, str]:
    """Names that no module of a skill may have, each with the reason."""
    return {
        **dict.fromkeys(importlib.metadata.packages_distributions(), "which would hide an installed package"),
        **dict.fromkeys(sys.stdlib_module_names, "which would hide a module of Python's standard library"),
        **dict.fromkeys(OURS, "which is a module of the laboratory"),
        **dict.fromkeys(VARIABLES, "which is a variable of the notebook"),
    }
