"""Edits at their layers, followed through the passes of a model, and what is said of those that did nothing."""

from collections.abc import Sequence

import torch

from .architecture import Architecture
from .edits import Edit
from .passes import PassTracker
from .sites import site_module


class Followed:
    """An edit at one layer, applied to the passes that a tracker follows."""

    def __init__(self, edit: Edit, layer: int, tracker: PassTracker) -> None:
        self.edit, self.layer = edit, layer
        self.tracker = tracker
        self.met = False
        """It has changed a state."""
        self.strayed = False
        """Its part was called past the body, outside of any pass."""

    def __call__(self, state: torch.Tensor) -> torch.Tensor | None:
        """The edited state; None where there is nothing to edit."""
        if self.tracker.current is None:
            self.strayed = True
            return None
        self.met = True
        return self.edit(state, self.tracker.current)


def check_met(edits: Sequence[Followed], tracker: PassTracker, architecture: Architecture) -> None:
    """Tell of edits that did nothing though the model was used.

    Raises:
        RuntimeError: No pass came to the module that they are counted from, or a pass went past an edit's own.
    """
    if not edits:
        return
    if not tracker.begun and (tracker.announced or any(edit.strayed for edit in edits)):
        raise RuntimeError(
            f"no edit was applied: {architecture.layout.body} ({type(architecture.body).__name__}) was expected to be "
            "called with the tokens of a pass, and was not, though the model was used"
        )
    for edit in edits if tracker.finished else ():
        if not edit.met:
            raise RuntimeError(missed(architecture, edit.edit.site, edit.layer, "edited"))


def missed(architecture: Architecture, site: str, layer: int, what: str) -> str:
    """What to say of a site that a whole pass did not come to."""
    module = site_module(architecture, layer, site)
    path = next((name for name, each in architecture.decoder.named_modules() if each is module), "")
    return (
        f"{site} of layer {layer} was not {what}: {path} ({type(module).__name__}) was expected to be called, and "
        "a pass went through the model without it; choose another site or layer"
    )
