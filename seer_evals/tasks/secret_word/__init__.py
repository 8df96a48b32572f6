from seer_evals.tasks.secret_word.secret_word import secret_word

__all__ = ["secret_word"]
