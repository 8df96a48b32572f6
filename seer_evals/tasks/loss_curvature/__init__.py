from seer_evals.tasks.loss_curvature.loss_curvature import loss_curvature

__all__ = ["loss_curvature"]
