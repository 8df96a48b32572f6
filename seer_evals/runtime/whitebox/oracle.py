"""Activation oracles (Karvonen et al. 2025, arXiv:2512.15674): an adapter that answers questions about activations.

The oracle is a LoRA adapter of the same base. Its prompt has a placeholder token for each activation; after an early
block, the state at each placeholder is moved by the activation, scaled to the state's own length:
`h + coefficient * |h| v / |v|`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from typing_extensions import override

from ..seams import following
from .adapter_state import active_adapters, adapter_names
from .edits import Edit
from .language_model import LanguageModel
from .passes import Pass
from .positions import Positions
from .prompts import Encoded, Prompt, chat
from .table import Table

PLACEHOLDER = " ?"
PROMPT = "Layer: {layer}\n{placeholders} \n{question}"
"""As the published oracles were trained with; `placeholders` is one " ?" for each activation."""


@dataclass(frozen=True)
class OracleFormat:
    """How an oracle was trained to be asked."""

    placeholder: str = PLACEHOLDER
    prompt: str = PROMPT
    layer: int = 1
    """Block after which activations are put in."""
    coefficient: float = 1.0


class ActivationOracle:
    """Asks an oracle adapter about activations of the same model with another adapter, or none.

    Activations are always read with the adapters that are active outside of the oracle, and these are as they were
    after every question, whatever happens.

    Raises:
        ValueError: The model has no adapter of that name.
    """

    def __init__(self, lm: LanguageModel, adapter: str = "oracle", form: OracleFormat | None = None) -> None:
        if adapter not in adapter_names(lm.model):
            raise ValueError(f"no adapter {adapter!r}; loaded are: {', '.join(adapter_names(lm.model))}")
        self.lm = lm
        self.adapter = adapter
        self.form = form or OracleFormat()

    @classmethod
    def load(
        cls, lm: LanguageModel, path: str, *, adapter: str = "oracle", form: OracleFormat | None = None
    ) -> "ActivationOracle":
        """Load an oracle adapter from a directory into the model, inactive.

        A model without adapters is given one in place; its own answers stay as they are.
        """
        load_inactive(lm.model, path, adapter)
        return cls(lm, adapter, form)

    def ask(
        self,
        vectors: torch.Tensor,
        questions: str | Sequence[str],
        *,
        layer: int,
        max_new_tokens: int = 32,
    ) -> list[str]:
        """Answers to questions about activations.

        Args:
            vectors: `[activation, d_model]`, put into as many placeholders.
            questions: One or many, each asked by itself.
            layer: The block that they are from, which the prompt names.
            max_new_tokens: Length of an answer.

        Raises:
            ValueError: The vectors do not have the model's width, or the tokenizer merges the placeholders.
        """
        vectors = vectors.reshape(-1, vectors.shape[-1])
        if vectors.shape[-1] != self.lm.d_model:
            raise ValueError(f"vectors of width {vectors.shape[-1]} do not fit a model of width {self.lm.d_model}")
        listed = [questions] if isinstance(questions, str) else list(questions)
        answers = []
        for question in listed:
            prompt = chat(self._prompt(question, len(vectors), layer))
            inject = _Inject(
                layer=self.form.layer,
                vectors=vectors,
                indices=self._placeholders(self.lm.encode(prompt), len(vectors)),
                coefficient=self.form.coefficient,
            )
            with self.lm.locked(), active_adapters(self.lm.model, [self.adapter]), self.lm.steer(inject):
                answers += self.lm.generate([prompt], max_new_tokens=max_new_tokens).texts
        return [answer.strip() for answer in answers]

    def ask_about(
        self,
        prompt: Prompt,
        questions: str | Sequence[str],
        *,
        layer: int,
        positions: Positions = "last",
        max_new_tokens: int = 32,
    ) -> Table:
        """Read activations of a prompt and ask about them.

        Args:
            prompt: What the model reads, with its own adapters.
            questions: One or many.
            layer: Which block to read.
            positions: At which tokens.
            max_new_tokens: Length of an answer.
        """
        acts = self.lm.activations(prompt, layer, positions=positions)
        vectors = acts.tokens(layer) if positions == "all" else acts.at(layer)
        listed = [questions] if isinstance(questions, str) else list(questions)
        answers = self.ask(vectors, listed, layer=self.lm.layer(layer), max_new_tokens=max_new_tokens)
        return Table(["question", "answer"], [list(pair) for pair in zip(listed, answers, strict=True)])

    def _prompt(self, question: str, count: int, layer: int) -> str:
        return self.form.prompt.format(layer=layer, placeholders=self.form.placeholder * count, question=question)

    def _placeholders(self, encoded: Encoded, count: int) -> list[int]:
        ids = following(self.lm.tokenizer, self.form.placeholder)
        found = [i for i, token in enumerate(encoded.ids) if len(ids) == 1 and token == ids[0]][:count]
        if len(found) != count:
            raise ValueError(
                f"the placeholder {self.form.placeholder!r} must be one token and occur {count} times in the prompt; "
                f"this tokenizer has {len(ids)} tokens for it and finds {len(found)}: {self.lm.labels(encoded)}"
            )
        return found


def load_inactive(model: Any, path: str, name: str) -> None:
    """Load an adapter without letting it act.

    Raises:
        ValueError: There is an adapter of that name already.
    """
    from peft import PeftModel

    if hasattr(model, "load_adapter") and hasattr(model, "peft_config"):
        if name in model.peft_config:
            raise ValueError(f"there is an adapter {name!r} already")
        model.load_adapter(path, adapter_name=name)
    else:
        # Layers are replaced within the model itself, so the wrapper is not needed; switched off, they change nothing.
        PeftModel.from_pretrained(model, path, adapter_name=name).base_model.disable_adapter_layers()
    model.requires_grad_(False)
    model.eval()


@dataclass(frozen=True, kw_only=True, eq=False)
class _Inject(Edit):
    """Move the states at the placeholders of the prompt, once: `h + coefficient * |h| v / |v|`."""

    vectors: torch.Tensor
    """`[activation, d_model]`."""
    indices: list[int]
    """The token at which each is put in."""
    coefficient: float

    @override
    def __call__(self, state: torch.Tensor, current: Pass) -> torch.Tensor:
        edited = state.clone()
        units = (self.vectors / self.vectors.norm(dim=-1, keepdim=True).clamp(min=1e-12)).to(state)
        for unit, index in zip(units, self.indices, strict=True):
            rows, columns = (current.token == index).nonzero(as_tuple=True)
            here = state[rows, columns]
            edited[rows, columns] = here + self.coefficient * here.norm(dim=-1, keepdim=True) * unit
        return edited
