"""The white-box layer: one handle around any Hugging Face causal language model, and techniques that use it.

from seer_runtime.whitebox import Add, LanguageModel, chat

lm = LanguageModel(model, tokenizer)
acts = lm.activations([chat("What is your favourite animal?")], layers=[2])
with lm.steer(Add(layer=2, vector=acts.at(2)[0], strength=4.0)):
    print(lm.generate("Once upon a time"))
"""

from .activations import Activations
from .architecture import Architecture
from .direction import Direction
from .directions import contrast_pair, difference_of_means, differences_of_means, paired_differences, persona_vectors
from .edits import Ablate, Add, Affine, Apply, Clamp, Edit, Replace, orthonormal
from .generations import Generations
from .language_model import LanguageModel
from .orthogonalize import orthogonalized, write_ablations
from .positions import Positions, Span, Substring
from .probes import Probe, Probes, auroc, train_probe, train_probes
from .prompts import Messages, Prompt, chat
from .selection import Selection, candidates, centred, everywhere, log_odds_of, select
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
    "Direction",
    "Edit",
    "Generations",
    "LanguageModel",
    "Messages",
    "Positions",
    "Probe",
    "Probes",
    "Prompt",
    "Replace",
    "Selection",
    "Span",
    "Substring",
    "Table",
    "auroc",
    "candidates",
    "centred",
    "chat",
    "contrast_pair",
    "difference_of_means",
    "differences_of_means",
    "everywhere",
    "log_odds_of",
    "orthogonalized",
    "orthonormal",
    "paired_differences",
    "persona_vectors",
    "select",
    "train_probe",
    "train_probes",
    "write_ablations",
]
