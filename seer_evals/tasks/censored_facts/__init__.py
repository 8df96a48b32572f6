from seer_evals.tasks.censored_facts.censored_facts import censored_facts

__all__ = ["censored_facts"]
