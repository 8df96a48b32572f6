"""nnsight with its process-wide side effects switched off, around the model that is already loaded."""

import os
import sys
import tempfile
from typing import Any

import torch
from seer_runtime import expose
from seer_runtime.whitebox import LanguageModel, Table, chat

if "nnsight" not in sys.modules:
    # Otherwise importing it puts an attribute `save` on every object, which breaks classes of asyncio libraries.
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", delete=False) as _config:
        _config.write("APP:\n  PYMOUNT: false\n")
    os.environ["NNSIGHT_CONFIG"] = _config.name

import nnsight


def open_nnsight(model: Any, tokenizer: Any) -> Any:
    """Wrap a loaded model for tracing; nothing is loaded a second time.

    Args:
        model: A Hugging Face causal language model, or a `PeftModel` around one.
        tokenizer: Its tokenizer.

    Returns:
        nnsight's `TransformersModel`.
    """
    return nnsight.TransformersModel(model, task="text-generation", tokenizer=tokenizer)


def layers_of(traced: Any, lm: LanguageModel) -> Any:
    """The blocks of a wrapped model, whatever architecture and wrapper it has.

    Args:
        traced: What `open_nnsight` returned.
        lm: A handle around the same model.
    """
    path = next(name for name, module in lm.model.named_modules() if module is lm.architecture.layers)
    return traced.get(path)


@expose
def trace_layers(lm: LanguageModel, question: str) -> Table:
    """Trace one question with nnsight and show the length of the residual stream after each block at the last token.

    Costs `1` pass.

    Args:
        question: What the user asks.

    Returns:
        Block and norm.
    """
    traced = open_nnsight(lm.model, lm.tokenizer)
    ids = torch.tensor([lm.encode(chat(question)).ids], device=lm.device)
    with lm.locked(), torch.no_grad(), traced.trace(ids):
        norms = nnsight.save([layer.output[0, -1].float().norm() for layer in layers_of(traced, lm)])
    return Table(["layer", "norm"], [[i, float(norm)] for i, norm in enumerate(norms)])
