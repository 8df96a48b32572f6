"""Chat templates of the forms that public models have, and small tokenizers of the kinds that they come with."""

from typing import Any

CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
NEEDS_USER = (
    "{% set ns = namespace(user=false) %}{% for m in messages %}{% if m['role'] == 'user' %}{% set ns.user = true %}"
    "{% endif %}{% endfor %}{% if not ns.user %}{{ raise_exception('No user query found in messages.') }}{% endif %}"
) + CHATML
"""As Qwen 3.5."""
DEFAULT_SYSTEM = (
    "{% if messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou are helpful.<|im_end|>\n' }}{% endif %}"
) + NEEDS_USER
"""As Qwen 2.5, with the demand of 3.5."""
NO_SYSTEM = (
    "{% for m in messages %}{% if m['role'] != 'system' %}"
    "{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
"""Leaves system messages out, and says nothing."""
LLAMA3 = (
    "{{ bos_token }}{% for m in messages %}"
    "{{ '<|start_header_id|>' + m['role'] + '<|end_header_id|>\n\n' + m['content'] | trim + '<|eot_id|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
)
LLAMA2 = (
    "{% if messages[0]['role'] == 'system' %}{% set talk = messages[1:] %}"
    "{% set system = '<<SYS>>\n' + messages[0]['content'] + '\n<</SYS>>\n\n' %}"
    "{% else %}{% set talk = messages %}{% set system = '' %}{% endif %}"
    "{% for m in talk %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}"
    "{% if m['role'] == 'user' %}{{ bos_token + '[INST] ' + (system if loop.first else '') + m['content'] | trim }}"
    "{{ ' [/INST]' }}{% else %}{{ ' ' + m['content'] | trim + ' ' + eos_token }}{% endif %}{% endfor %}"
)
GEMMA = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}"
    "{% endif %}"
    "{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}"
    "{{ '<start_of_turn>' + ('model' if m['role'] == 'assistant' else m['role']) + '\n' }}"
    "{{ m['content'] | trim + '<end_of_turn>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"
)
QWEN3 = (
    "{% for m in messages %}{% set said = m['content'] %}{% set thought = '' %}"
    "{% if m['role'] == 'assistant' and '</think>' in said %}"
    "{% set thought = said.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n') %}"
    "{% set said = said.split('</think>')[-1].lstrip('\n') %}{% endif %}"
    "{{ '<|im_start|>' + m['role'] + '\n' }}"
    "{% if m['role'] == 'assistant' and loop.last %}{{ '<think>\n' + thought + '\n</think>\n\n' }}{% endif %}"
    "{{ said + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
R1 = (
    "{{ bos_token }}{% for m in messages %}{% set said = m['content'] %}"
    "{% if m['role'] == 'user' %}{{ '<|User|>' + said }}"
    "{% elif m['role'] == 'assistant' %}{{ '<|Assistant|>' + said.split('</think>')[-1] + eos_token }}"
    "{% else %}{{ said }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|Assistant|><think>\n' }}{% endif %}"
)
"""As DeepSeek R1: every answer begins within reasoning, and that of earlier ones is dropped."""
WITH_TOOLS = (
    "{% if tools %}{{ '<|im_start|>system\nTools:\n' }}{% for t in tools %}{{ t | tojson }}{% endfor %}"
    "{{ '<|im_end|>\n' }}{% endif %}"
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + (m['content'] or '') }}"
    "{% for c in m.tool_calls or [] %}{{ '<tool_call>' + c.function | tojson + '</tool_call>' }}{% endfor %}"
    "{{ '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
HARMONY = (
    "{% for m in messages %}{{ '<|start|>' + m['role'] }}"
    "{% if m['role'] == 'assistant' %}{{ '<|channel|>final' }}{% endif %}{{ '<|message|>' + m['content'] }}"
    "{% if m['role'] == 'assistant' and loop.last %}{{ '<|return|>' }}{% else %}{{ '<|end|>' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start|>assistant' }}{% endif %}"
)

HARMONY_TOKENS = ("<|start|>", "<|channel|>", "<|constrain|>", "<|message|>", "<|end|>", "<|call|>")
CORPUS = [
    "The capital of France is Paris.",
    "Yes, I do. No, I do not.",
    "hello there friend, how are you today?",
    "You are a helpful assistant who loves owls.",
    "The answer is chess or tennis or golf.",
    "it isn't so, they don't, we've seen; a , b . c ! d",
] * 5


def bytelevel(
    template: str | None = CHATML,
    *,
    bos: str | None = None,
    eos: str = "<|im_end|>",
    extra: tuple[str, ...] = ("<|im_start|>",),
    cleanup: bool = False,
) -> Any:
    """A byte-level tokenizer, as GPT-2's, Llama 3's and Qwen's."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    special = [name for name in dict.fromkeys([eos, bos, *extra]) if name]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=420, initial_alphabet=alphabet, special_tokens=special, show_progress=False
    )
    raw.train_from_iterator(CORPUS, trainer)
    return _wrapped(raw, template, bos, eos, list(extra), cleanup)


def metaspace(template: str | None = None, *, prepend: bool = False) -> Any:
    """One of the sentencepiece kind, as Llama 2's and Mistral's.

    Args:
        template: Its chat template.
        prepend: A space is put before every text, as old `tokenizer.json` files do, and not only before one that has
            none.
    """
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

    raw = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    replace = decoders.Replace("▁", " ")
    raw.decoder = decoders.Sequence([replace, decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    raw.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="never" if prepend else "first", split=True)
    if prepend:
        raw.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    special = ["<unk>", "<s>", "</s>", *(f"<0x{i:02X}>" for i in range(256))]
    raw.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=656, special_tokens=special, show_progress=False))
    if prepend:
        raw.pre_tokenizer = None
    raw.post_processor = processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", raw.token_to_id("<s>"))]
    )
    return _wrapped(raw, template, "<s>", "</s>", [], False)


def _wrapped(raw: Any, template: str | None, bos: str | None, eos: str, extra: list[str], cleanup: bool) -> Any:
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(
        tokenizer_object=raw,
        bos_token=bos,
        eos_token=eos,
        additional_special_tokens=extra,
        clean_up_tokenization_spaces=cleanup,
        padding_side="left",
        chat_template=template,
    )


def tiny_llama(tokenizer: Any, seed: int = 0) -> Any:
    """An untrained Llama with the tokenizer's vocabulary."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=3,
        num_attention_heads=4,
        max_position_embeddings=256,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=None,
        initializer_range=0.3,
    )
    return LlamaForCausalLM(config).eval().requires_grad_(False)
