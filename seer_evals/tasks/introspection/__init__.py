from seer_evals.tasks.introspection.introspection import introspection

__all__ = ["introspection"]
