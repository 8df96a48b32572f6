"""Drafts: a paper as a plan of an experiment, in which every field has the words that say so, or says that none do."""

from seer_evals.drafts._beginning import begin_study, study_name
from seer_evals.drafts._drafting import PROMPTS, Draft, DraftError, draft
from seer_evals.drafts._file import as_experiment
from seer_evals.drafts._grading import Grade, grade
from seer_evals.drafts._kept import TRUTH_KEY, keep_draft, load_draft
from seer_evals.drafts._page import as_markdown
from seer_evals.drafts._plan import FIELDS, Answer, Entry, Plan
from seer_evals.drafts._quotations import Place, find
from seer_evals.drafts._reading import Paper, PaperError, read_paper
from seer_evals.drafts._studies import known_studies
from seer_evals.drafts._truth import TrueField, Truth

__all__ = [
    "FIELDS",
    "PROMPTS",
    "TRUTH_KEY",
    "Answer",
    "Draft",
    "DraftError",
    "Entry",
    "Grade",
    "Paper",
    "PaperError",
    "Place",
    "Plan",
    "TrueField",
    "Truth",
    "as_experiment",
    "as_markdown",
    "begin_study",
    "draft",
    "find",
    "grade",
    "keep_draft",
    "known_studies",
    "load_draft",
    "read_paper",
    "study_name",
]
