from seer_evals.tasks.auditing_game.auditing_game import auditing_game

__all__ = ["auditing_game"]
