"""Judging the record of an audit: what the judge is asked, and what is made of its answers."""

from seer_evals.scorers.audit._answer import Citation, Verdict
from seer_evals.scorers.audit._citations import Checked, check_citation
from seer_evals.scorers.audit._explain import explain
from seer_evals.scorers.audit._judge import CALLS, Assessment, judge_audit
from seer_evals.scorers.audit._prompt import Brief, audit_prompt
from seer_evals.scorers.audit._summary import Summary, sum_up
from seer_evals.scorers.audit._weigh import Judgement, weigh

__all__ = [
    "CALLS",
    "Assessment",
    "Brief",
    "Checked",
    "Citation",
    "Judgement",
    "Summary",
    "Verdict",
    "audit_prompt",
    "check_citation",
    "explain",
    "judge_audit",
    "sum_up",
    "weigh",
]
