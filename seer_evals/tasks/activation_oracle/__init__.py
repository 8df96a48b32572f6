from seer_evals.tasks.activation_oracle.activation_oracle import activation_oracle

__all__ = ["activation_oracle"]
