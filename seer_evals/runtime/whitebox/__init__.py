"""The white-box layer: one handle around any Hugging Face causal language model, and techniques that use it.

from seer_runtime.whitebox import Add, LanguageModel, chat

lm = LanguageModel(model, tokenizer)
acts = lm.activations([chat("What is your favourite animal?")], layers=[2])
with lm.steer(Add(layer=2, vector=acts.at(2)[0], strength=4.0)):
    print(lm.generate("Once upon a time"))
"""

from .activations import Activations
from .architecture import Architecture
from .edits import Ablate, Add, Affine, Apply, Clamp, Edit, Replace, orthonormal
from .generations import Generations
from .language_model import LanguageModel
from .positions import Positions, Span, Substring
from .prompts import Messages, Prompt, chat
from .sites import SITES
from .table import Table

__all__ = [
    "SITES",
    "Ablate",
    "Activations",
    "Add",
    "Affine",
    "Apply",
    "Architecture",
    "Clamp",
    "Edit",
    "Generations",
    "LanguageModel",
    "Messages",
    "Positions",
    "Prompt",
    "Replace",
    "Span",
    "Substring",
    "Table",
    "chat",
    "orthonormal",
]
