"""A draft in a sample's store, and where its truth is in the sample's metadata."""

from typing import TYPE_CHECKING

from seer_evals.drafts._drafting import Draft

if TYPE_CHECKING:
    from inspect_ai.util import Store

DRAFT_KEY = "seer:draft"
"""Store key of the draft."""
TRUTH_KEY = "paper_truth"
"""Sample metadata: the `Truth` about the paper, which no model sees."""


def keep_draft(store: "Store", draft: Draft) -> None:
    """Put a draft into a sample's store."""
    store.set(DRAFT_KEY, draft.model_dump(mode="json"))


def load_draft(store: "Store") -> Draft | None:
    """The draft in a sample's store; None if no plan was made there."""
    stored = store.get(DRAFT_KEY)
    return Draft.model_validate(stored) if stored is not None else None
