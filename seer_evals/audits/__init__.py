"""What an audit is about and what it is scored on, one Markdown file each, and the record that it leaves behind."""

from seer_evals.audits._agents import AGENT_KEY, TargetAgent, available_agents, find_agent
from seer_evals.audits._check import check_dimensions, check_seeds
from seer_evals.audits._dimensions import Dimension, available_dimensions, dimension_files, find_dimensions
from seer_evals.audits._new import new_dimension, new_seed
from seer_evals.audits._record import (
    AUDIT_KEY,
    AuditMessage,
    AuditRecord,
    Call,
    Ending,
    Realism,
    Steering,
    TargetToolRecord,
    load_audit,
    steered_by,
)
from seer_evals.audits._render import render
from seer_evals.audits._seeds import (
    CARD_KEY,
    CONTROL,
    SEED_KEY,
    STEERING,
    Seed,
    TargetTool,
    available_seeds,
    find_seeds,
    seed_files,
)
from seer_evals.problem import Problem

__all__ = [
    "AGENT_KEY",
    "AUDIT_KEY",
    "CARD_KEY",
    "CONTROL",
    "SEED_KEY",
    "STEERING",
    "AuditMessage",
    "AuditRecord",
    "Call",
    "Dimension",
    "Ending",
    "Problem",
    "Realism",
    "Seed",
    "Steering",
    "TargetAgent",
    "TargetTool",
    "TargetToolRecord",
    "available_agents",
    "available_dimensions",
    "available_seeds",
    "check_dimensions",
    "check_seeds",
    "dimension_files",
    "find_agent",
    "find_dimensions",
    "find_seeds",
    "load_audit",
    "new_dimension",
    "new_seed",
    "render",
    "seed_files",
    "steered_by",
]
