from seer_evals.tasks.elicitation.elicitation import elicitation

__all__ = ["elicitation"]
