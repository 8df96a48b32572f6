"""What an agent is handed inside one sample: sessions, tools, briefing."""

from seer_evals.lab._briefing import result_limit
from seer_evals.lab._cards import cards_of
from seer_evals.lab._given import GIVEN_KEY
from seer_evals.lab._lab import ASKED_KEY, NOTEBOOKS_KEY, REPORT_KEY, Lab, load_report
from seer_evals.lab._open import close_lab, open_lab
from seer_evals.lab._plan import Plan, plan_lab
from seer_evals.lab._sample import ENVIRONMENT_KEY, environment_of, for_provider, lab_sample
from seer_evals.lab.forms import FORMS, AnyTool
from seer_evals.lab.functions import interface_form
from seer_evals.lab.sessions import SESSIONS
from seer_evals.lab.skills import ReadSkill, available_skills, example_of, find_skills

__all__ = [
    "ASKED_KEY",
    "ENVIRONMENT_KEY",
    "FORMS",
    "GIVEN_KEY",
    "NOTEBOOKS_KEY",
    "REPORT_KEY",
    "SESSIONS",
    "AnyTool",
    "Lab",
    "Plan",
    "ReadSkill",
    "available_skills",
    "cards_of",
    "close_lab",
    "environment_of",
    "example_of",
    "find_skills",
    "for_provider",
    "interface_form",
    "lab_sample",
    "load_report",
    "open_lab",
    "plan_lab",
    "result_limit",
]
