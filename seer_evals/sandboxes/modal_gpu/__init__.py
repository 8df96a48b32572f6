"""`modal_gpu`: Inspect sandboxes on Modal, with or without GPUs, that end when nobody needs them any more."""

from ._sandbox import ModalSandbox

__all__ = ["ModalSandbox"]
