from seer_evals.tasks.refusal_direction.refusal_direction import refusal_direction

__all__ = ["refusal_direction"]
