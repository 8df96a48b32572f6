from seer_evals.tasks.refusal_catalogue.refusal_catalogue import refusal_catalogue

__all__ = ["refusal_catalogue"]
