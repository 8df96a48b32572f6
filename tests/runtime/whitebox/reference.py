"""Forward passes written out by hand: what activations are compared with."""

from typing import Any

import torch
from torch.nn.functional import gelu, layer_norm, silu


def llama(model: Any, ids: list[int]) -> dict[str, list[torch.Tensor]]:
    """Every site of every block of a Llama, for one prompt without padding: site -> per block `[position, d]`."""
    config, body = model.config, model.model
    length, heads, width = len(ids), config.num_attention_heads, config.head_dim
    groups = heads // config.num_key_value_heads
    state = body.embed_tokens.weight[ids]
    angles = torch.outer(
        torch.arange(length).double(),
        config.rope_parameters["rope_theta"] ** (-torch.arange(0, width, 2).double() / width),
    )
    cos, sin = angles.cos().repeat(1, 2), angles.sin().repeat(1, 2)
    found: dict[str, list[torch.Tensor]] = {
        site: [] for site in ("resid_pre", "resid_post", "attn_out", "mlp_out", "z")
    }

    def norm(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        normed: torch.Tensor = weight * x / (x.pow(2).mean(-1, keepdim=True) + config.rms_norm_eps).sqrt()
        return normed

    def turned(x: torch.Tensor) -> torch.Tensor:
        first, second = x.chunk(2, dim=-1)
        return x * cos + torch.cat([-second, first], dim=-1) * sin

    for block in body.layers:
        found["resid_pre"].append(state)
        normed, attention = norm(state, block.input_layernorm.weight), block.self_attn
        q = turned((normed @ attention.q_proj.weight.T).view(length, heads, width).transpose(0, 1))
        k = turned((normed @ attention.k_proj.weight.T).view(length, -1, width).transpose(0, 1))
        v = (normed @ attention.v_proj.weight.T).view(length, -1, width).transpose(0, 1)
        z = _attend(q, k.repeat_interleave(groups, 0), v.repeat_interleave(groups, 0))
        found["z"].append(z)
        found["attn_out"].append(z @ attention.o_proj.weight.T)
        state = state + found["attn_out"][-1]
        normed, mlp = norm(state, block.post_attention_layernorm.weight), block.mlp
        inner = silu(normed @ mlp.gate_proj.weight.T) * (normed @ mlp.up_proj.weight.T)
        found["mlp_out"].append(inner @ mlp.down_proj.weight.T)
        state = state + found["mlp_out"][-1]
        found["resid_post"].append(state)
    return found


def gpt2(model: Any, ids: list[int]) -> dict[str, list[torch.Tensor]]:
    """The same for a GPT-2."""
    config, body = model.config, model.transformer
    length, heads = len(ids), config.n_head
    state = body.wte.weight[ids] + body.wpe.weight[:length]
    found: dict[str, list[torch.Tensor]] = {
        site: [] for site in ("resid_pre", "resid_post", "attn_out", "mlp_out", "z")
    }

    def norm(x: torch.Tensor, module: Any) -> torch.Tensor:
        return layer_norm(x, (config.n_embd,), module.weight, module.bias, config.layer_norm_epsilon)

    def linear(x: torch.Tensor, module: Any) -> torch.Tensor:
        out: torch.Tensor = x @ module.weight + module.bias
        return out

    for block in body.h:
        found["resid_pre"].append(state)
        q, k, v = (
            part.view(length, heads, -1).transpose(0, 1)
            for part in linear(norm(state, block.ln_1), block.attn.c_attn).chunk(3, dim=-1)
        )
        found["z"].append(_attend(q, k, v))
        found["attn_out"].append(linear(found["z"][-1], block.attn.c_proj))
        state = state + found["attn_out"][-1]
        inner = gelu(linear(norm(state, block.ln_2), block.mlp.c_fc), approximate="tanh")
        found["mlp_out"].append(linear(inner, block.mlp.c_proj))
        state = state + found["mlp_out"][-1]
        found["resid_post"].append(state)
    return found


def _attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Causal attention; `[heads, position, head_dim]` in, `[position, heads * head_dim]` out."""
    length = q.shape[1]
    scores = q @ k.transpose(1, 2) / q.shape[-1] ** 0.5
    scores = scores.masked_fill(torch.ones(length, length).triu(1).bool(), float("-inf"))
    mixed: torch.Tensor = scores.softmax(-1) @ v
    return mixed.transpose(0, 1).reshape(length, -1)
