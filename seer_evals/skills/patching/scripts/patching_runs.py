"""Activation patching between two prompts, and patchscopes."""

from seer_runtime import expose
from seer_runtime.whitebox import LanguageModel, Positions, Substring, Table, chat, patching, patchscope
from seer_runtime.whitebox.positions import tokens_of


@expose
def patch_questions(
    lm: LanguageModel,
    giving: str,
    receiving: str,
    right: str,
    wrong: str,
    prefill: str | None = None,
    site: str = "resid_pre",
    top: int = 12,
) -> Table:
    """Put the activations of one question into the run of another, one block and token at a time.

    Costs `3 + n_layers * tokens` passes.

    Args:
        giving: The question whose activations are taken. Both questions need as many tokens.
        receiving: The question whose run is patched.
        right: The answer to `giving`, such as " Paris"; its first token is measured.
        wrong: The answer to `receiving`.
        prefill: Beginning of both answers, so that the token that is measured comes next.
        site: Where in the block: resid_pre, resid_post, attn_out, mlp_out or z.
        top: Places to list.

    Returns:
        The places with the largest effects: block, position, token, and effect, 0 where the answer stays that of
        `receiving`, 1 where it becomes that of `giving`.
    """
    found = patching.patch(
        lm,
        chat(giving, prefill=prefill),
        chat(receiving, prefill=prefill),
        patching.logit_difference(lm, right, wrong),
        site=site,
    )
    return found.strongest(top)


@expose
def explain_activation(
    lm: LanguageModel,
    question: str,
    substring: str | None = None,
    target: str = patchscope.IDENTITY,
    placeholder: str = patchscope.PLACEHOLDER,
    layers: list[int] | None = None,
    max_new_tokens: int = 8,
) -> Table:
    """Let the model put an activation into words: it takes the place of a placeholder in a prompt that asks for it.

    Costs `1` pass and `len(layers)` answers.

    Args:
        question: The question whose activation is explained.
        substring: The part of the question whose last token is taken; the last token of the prompt if left out.
        target: The prompt that asks, as raw text.
        placeholder: What in `target` is overwritten, at its last occurrence.
        layers: Which blocks; all of them if left out.
        max_new_tokens: Length of each explanation, in tokens.

    Returns:
        Block and explanation.
    """
    prompt = chat(question)
    position: Positions = tokens_of(lm.encode(prompt), Substring(substring))[-1] if substring else "last"
    return patchscope.patchscope(
        lm,
        prompt,
        layers,
        position=position,
        target=target,
        placeholder=placeholder,
        max_new_tokens=max_new_tokens,
    )
