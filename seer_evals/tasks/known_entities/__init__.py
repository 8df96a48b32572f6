from seer_evals.tasks.known_entities.known_entities import known_entities

__all__ = ["known_entities"]
