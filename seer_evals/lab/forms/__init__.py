"""The forms in which a skill is handed over."""

from seer_evals.lab.forms._deliver import DEFAULT_FORM, Handed, by_form, parse_deliver
from seer_evals.lab.forms._form import AnyTool, Form, Reach
from seer_evals.lab.forms._registered import FORMS
from seer_evals.lab.forms.library import PAGES

__all__ = ["DEFAULT_FORM", "FORMS", "PAGES", "AnyTool", "Form", "Handed", "Reach", "by_form", "parse_deliver"]
