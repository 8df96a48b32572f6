"""What an agent is handed inside one sample: sessions, tools, briefing."""

from seer_evals.lab._lab import GIVEN_KEY, NOTEBOOKS_KEY, REPORT_KEY, Lab, load_report
from seer_evals.lab._open import SESSIONS, check_session, close_lab, open_lab
from seer_evals.lab._sample import lab_sample
from seer_evals.lab._skills import available_skills, find_skills

__all__ = [
    "GIVEN_KEY",
    "NOTEBOOKS_KEY",
    "REPORT_KEY",
    "SESSIONS",
    "Lab",
    "available_skills",
    "check_session",
    "close_lab",
    "find_skills",
    "lab_sample",
    "load_report",
    "open_lab",
]
