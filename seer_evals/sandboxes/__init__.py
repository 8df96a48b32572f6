"""Sandbox providers: where a laboratory is opened."""

from seer_evals.sandboxes._base import Isolation, LabSandbox, Layout, Placed, Process
from seer_evals.sandboxes._carry import carry, exec_unnoticed
from seer_evals.sandboxes._exec_process import ExecProcess
from seer_evals.sandboxes._exec_sandbox import ExecSandbox
from seer_evals.sandboxes._foreign import check_provider, config_for, spec_for
from seer_evals.sandboxes._install import install_runtime, place_files
from seer_evals.sandboxes._layout import (
    ceilings_met,
    find_isolation,
    find_layout,
    is_lab_sandbox,
    open_process,
    place_model,
    provided_model,
)
from seer_evals.sandboxes._said import Count, Said, Seconds, Text, Word, checked, said

__all__ = [
    "Count",
    "ExecProcess",
    "ExecSandbox",
    "Isolation",
    "LabSandbox",
    "Layout",
    "Placed",
    "Process",
    "Said",
    "Seconds",
    "Text",
    "Word",
    "carry",
    "ceilings_met",
    "check_provider",
    "checked",
    "config_for",
    "exec_unnoticed",
    "find_isolation",
    "find_layout",
    "install_runtime",
    "is_lab_sandbox",
    "open_process",
    "place_files",
    "place_model",
    "provided_model",
    "said",
    "spec_for",
]
