"""What an audit is about and what it is scored on: seeds and judge dimensions, one Markdown file each."""

from seer_evals.audits._check import check_dimensions, check_seeds
from seer_evals.audits._dimensions import Dimension, available_dimensions, dimension_files, find_dimensions
from seer_evals.audits._new import new_seed
from seer_evals.audits._problem import Problem
from seer_evals.audits._seeds import Seed, TargetTool, available_seeds, find_seeds, seed_files

__all__ = [
    "Dimension",
    "Problem",
    "Seed",
    "TargetTool",
    "available_dimensions",
    "available_seeds",
    "check_dimensions",
    "check_seeds",
    "dimension_files",
    "find_dimensions",
    "find_seeds",
    "new_seed",
    "seed_files",
]
