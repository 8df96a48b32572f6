from seer_evals.tasks.paper_draft.paper_draft import paper_draft

__all__ = ["paper_draft"]
