"""Weight orthogonalisation: a model whose weights cannot write a direction (Arditi et al. 2024, arXiv:2406.11717).

Every matrix that writes to the residual stream, `W` `[d_model, in]`, becomes `W - r r^T W` with the unit vector `r`,
and its bias likewise: the embeddings, each block's attention output and MLP output, each expert's, and LoRA's own.
"""

import contextlib
from collections.abc import Callable, Iterator

import torch

from .direction import Direction
from .edits import Ablate, Edit, orthonormal
from .language_model import LanguageModel
from .writers import Writer, residual_writers

POST_NORMS = ("post_feedforward_layernorm", "post_self_attn_layernorm", "post_mlp_layernorm", "post_moe_norm")
PROBE = [[1, 2, 3]]
"""Tokens of the pass that checks what was done."""


@contextlib.contextmanager
def orthogonalized(lm: LanguageModel, *directions: Direction | torch.Tensor) -> Iterator[LanguageModel]:
    """The model with weights that cannot write `directions`, inside of a `with` block; exactly the old ones after it.

    It equals ablation at every write (`write_ablations`). An unembedding that is tied to the embedding stays as it is.
    A short pass checks that nothing is written any more.

    Raises:
        ValueError: A norm stands between the weights and the residual stream, so that no weights do what ablation does;
            or weights are quantised; or something else than these weights writes the direction.
        LookupError: The matrices are not where any known architecture has them.
    """
    basis = orthonormal(_stacked(directions)).detach()
    _check(lm)
    with lm.locked(), contextlib.ExitStack() as stack:
        for writer in residual_writers(lm):
            stack.callback(_swap(writer, basis))
        _check_written(lm, basis)
        yield lm


def write_ablations(lm: LanguageModel, *directions: Direction | torch.Tensor) -> list[Edit]:
    """The edits that equal orthogonalised weights: ablation of the embedding and of what each block's parts write.

    Raises:
        ValueError: A norm stands between the parts and the residual stream.
        LookupError: Several parts of a block write side by side, so that no site is all of what they write.
    """
    _check(lm)
    vector, blocks = _stacked(directions), lm.architecture.layout.blocks
    if several := [number for number, block in enumerate(blocks) if len(block.mixers) > 1 or block.parallel]:
        names = ", ".join(path.rpartition(".")[2] for path in blocks[several[0]].writers)
        raise LookupError(f"layer {several[0]} writes through {names} side by side: use orthogonalized() here")
    with_attention = [number for number, block in enumerate(blocks) if block.attention]
    with_mlp = [number for number, block in enumerate(blocks) if block.mlp]
    return [
        Ablate(layer=0, site="resid_pre", vector=vector),
        Ablate(layer=with_attention, site="attn_out", vector=vector),
        Ablate(layer=with_mlp, site="mlp_out", vector=vector),
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


def _check_written(lm: LanguageModel, basis: torch.Tensor) -> None:
    """No state may have any of the directions left, whatever the architecture adds to them and how."""
    if lm.steered:
        return  # the edits of an outer block may write it
    read = lm.activations(PROBE, positions="all", site=("resid_pre", "resid_post"))
    for site, values in read.values.items():
        left = (values @ basis.to(values).T).norm(dim=-1) / values.norm(dim=-1).clamp(min=1e-12)
        worst = left.amax(dim=(0, 2))
        tolerance = 1e-3 if lm.model.get_input_embeddings().weight.dtype == torch.float32 else 0.05
        if bool((worst > tolerance).any()):
            layer = int((worst > tolerance).nonzero()[0])
            raise ValueError(
                f"with its weights orthogonalised the model still writes the direction: {float(worst[layer]):.1%} of "
                f"{site} of layer {layer}; something else than the known matrices writes there (a norm, an adapter "
                "that is no plain LoRA); steer with Ablate at resid_pre and resid_post of all layers instead"
            )


def _swap(writer: Writer, basis: torch.Tensor) -> Callable[[], None]:
    """Give the module an orthogonalised parameter; returns what puts its own back."""
    module, old = writer.module, getattr(writer.module, writer.name)
    if not old.is_floating_point():
        raise ValueError(f"the weights of {type(module).__name__} are quantised ({old.dtype}): load in bf16")
    rows = old.detach().float().movedim(writer.axis, -1)
    rows = rows - rows @ basis.to(rows).T @ basis.to(rows)
    new = rows.movedim(-1, writer.axis).to(old.dtype).contiguous()
    setattr(module, writer.name, torch.nn.Parameter(new, requires_grad=old.requires_grad))
    return lambda: setattr(module, writer.name, old)
