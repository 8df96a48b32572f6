"""Weight orthogonalisation: a model whose weights cannot write a direction (Arditi et al. 2024, arXiv:2406.11717).

Every matrix that writes to the residual stream, `W` `[d_model, in]`, becomes `W - r r^T W` with the unit vector `r`,
and its bias likewise: the embeddings, each block's attention output and MLP output, and LoRA's own.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import torch

from .direction import Direction
from .edits import Ablate, Edit, orthonormal
from .language_model import LanguageModel

POST_NORMS = ("post_feedforward_layernorm", "post_self_attn_layernorm", "post_mlp_layernorm", "post_moe_norm")
MLP_OUT = ("down_proj", "c_proj", "dense_4h_to_h", "fc2", "fc_out", "w2", "wo")
POSITIONS = ("wpe", "embed_positions", "position_embeddings")


@contextlib.contextmanager
def orthogonalized(lm: LanguageModel, *directions: Direction | torch.Tensor) -> Iterator[LanguageModel]:
    """The model with weights that cannot write `directions`, inside of a `with` block; exactly the old ones after it.

    It equals ablation at every write (`write_ablations`). An unembedding that is tied to the embedding stays as it is.

    Raises:
        ValueError: A norm stands between the weights and the residual stream, so that no weights do what ablation does;
            or weights are quantised.
        LookupError: The matrices are not where any known architecture has them.
    """
    basis = orthonormal(_stacked(directions))
    with lm.locked(), contextlib.ExitStack() as stack:
        for module in _writers(lm):
            stack.callback(_swap(module, basis))
        yield lm


def write_ablations(lm: LanguageModel, *directions: Direction | torch.Tensor) -> list[Edit]:
    """The edits that equal orthogonalised weights: ablation of the embedding and of what each block's parts write.

    Raises:
        ValueError: A norm stands between the parts and the residual stream.
    """
    _check(lm)
    vector, blocks = _stacked(directions), range(lm.n_layers)
    return [
        Ablate(layer=0, site="resid_pre", vector=vector),
        Ablate(layer=blocks, site="attn_out", vector=vector),
        Ablate(layer=blocks, site="mlp_out", vector=vector),
    ]


def _stacked(directions: tuple[Direction | torch.Tensor, ...]) -> torch.Tensor:
    """`[directions, d_model]`."""
    return torch.stack([each.vector if isinstance(each, Direction) else each for each in directions])


def _check(lm: LanguageModel) -> None:
    found = [name for name in POST_NORMS if hasattr(lm.architecture.layers[0], name)]
    if found:
        raise ValueError(
            f"this architecture norms what its blocks write ({found[0]}), and a norm is not linear: no weights equal "
            "ablation here; steer with Ablate at resid_pre and resid_post of all layers instead"
        )


def _writers(lm: LanguageModel) -> list[Any]:
    """Every module that writes to the residual stream, LoRA's second matrices included."""
    _check(lm)
    decoder = lm.architecture.decoder
    modules = [lm.model.get_input_embeddings(), *(getattr(decoder, name, None) for name in POSITIONS)]
    for number in range(lm.n_layers):
        modules += [lm.architecture.out_projection(number), _mlp_out(lm.architecture.mlp(number))]
    return [part for module in modules if module is not None for part in _parts(module)]


def _mlp_out(mlp: Any) -> Any:
    for name in MLP_OUT:
        if hasattr(mlp, name):
            return getattr(mlp, name)
    there = ", ".join(name for name, _ in mlp.named_children())
    raise LookupError(f"{type(mlp).__name__} has no output matrix under a known name ({', '.join(MLP_OUT)}): {there}")


def _parts(module: Any) -> list[Any]:
    """The plain module, or what PEFT has made of it: the base layer and each adapter's second matrix."""
    if not hasattr(module, "base_layer"):
        return [module]
    if len(getattr(module, "lora_embedding_B", {})):
        raise ValueError("an adapter on the embeddings cannot be orthogonalised; merge it first")
    return [module.base_layer, *getattr(module, "lora_B", {}).values()]


def _swap(module: Any, basis: torch.Tensor) -> Any:
    """Give the module orthogonalised parameters; returns what puts its own back."""
    old = {name: getattr(module, name) for name in ("weight", "bias") if getattr(module, name, None) is not None}
    # nn.Linear keeps [out, in]; embeddings and the Conv1D of GPT-2 keep d_model last, as biases do.
    columns = isinstance(module, torch.nn.Linear)

    def restore() -> None:
        for name, parameter in old.items():
            setattr(module, name, parameter)

    for name, parameter in old.items():
        if not parameter.is_floating_point():
            raise ValueError(f"the weights of {type(module).__name__} are quantised ({parameter.dtype}): load in bf16")
        new = _without(parameter.detach(), basis, columns=columns and name == "weight")
        setattr(module, name, torch.nn.Parameter(new, requires_grad=parameter.requires_grad))
    return restore


def _without(weight: torch.Tensor, basis: torch.Tensor, *, columns: bool) -> torch.Tensor:
    rows = weight.float().T if columns else weight.float()
    rows = rows - rows @ basis.to(rows).T @ basis.to(rows)
    return (rows.T if columns else rows).to(weight.dtype).contiguous()
