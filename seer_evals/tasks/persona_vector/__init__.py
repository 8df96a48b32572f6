from seer_evals.tasks.persona_vector.persona_vector import persona_vector

__all__ = ["persona_vector"]
