"""Drafts: a paper as a plan of an experiment, in which every field has the words that say so, or says that none do."""

from seer_evals.drafts._beginning import begin_study
from seer_evals.drafts._drafting import PROMPTS, Draft, DraftError, draft
from seer_evals.drafts._file import as_experiment
from seer_evals.drafts._numbers import numbers
from seer_evals.drafts._page import as_markdown, study_name
from seer_evals.drafts._plan import FIELDS, Answer, Entry, Plan
from seer_evals.drafts._quotations import Place, canonical, find
from seer_evals.drafts._reading import Paper, PaperError, read_paper
from seer_evals.drafts._studies import known_studies

__all__ = [
    "FIELDS",
    "PROMPTS",
    "Answer",
    "Draft",
    "DraftError",
    "Entry",
    "Paper",
    "PaperError",
    "Place",
    "Plan",
    "as_experiment",
    "as_markdown",
    "begin_study",
    "canonical",
    "draft",
    "find",
    "known_studies",
    "numbers",
    "read_paper",
    "study_name",
]
