from seer_evals.tasks.model_diffing.model_diffing import model_diffing

__all__ = ["model_diffing"]
