from seer_evals.tasks.activation_addition.activation_addition import activation_addition

__all__ = ["activation_addition"]
