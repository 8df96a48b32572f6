import json
import re
from collections import Counter
from contextlib import nullcontext

import torch

torch.manual_seed(0)
device = next(model.parameters()).device


def on_or_off(adapter):
    """The model with its adapter on, or its base; a model without an adapter is its own base."""
    return nullcontext() if adapter or not hasattr(model, "disable_adapter") else model.disable_adapter()


def encode(conversations):
    """Token ids and mask [batch, position], left-padded, of (question, start of the answer) pairs."""
    texts = []
    for question, prefill in conversations:
        messages = [{"role": "user", "content": question}]
        if prefill:
            messages.append({"role": "assistant", "content": prefill})
        texts.append(
            tokenizer.apply_chat_template(
                messages, tokenize=False, add_generation_prompt=not prefill, continue_final_message=bool(prefill)
            )
        )
    tokenizer.padding_side = "left"
    return tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False).to(device)


@torch.no_grad()
def first_token(conversations, adapter, batch=256):
    """Log-probabilities [conversation, vocabulary] of the next token."""
    out = []
    for i in range(0, len(conversations), batch):
        inputs = encode(conversations[i : i + batch])
        positions = (inputs["attention_mask"].cumsum(-1) - 1).clamp(min=0)
        with on_or_off(adapter):
            logits = model(
                input_ids=inputs["input_ids"],
                attention_mask=inputs["attention_mask"],
                position_ids=positions,
                logits_to_keep=1,
            ).logits
        out.append(logits[:, -1].float().log_softmax(-1).cpu())
    return torch.cat(out)


@torch.no_grad()
def answers(conversations, adapter, max_new_tokens=32, greedy=False, batch=256):
    """One sampled answer (temperature 1, all tokens) for each conversation, without its prefill."""
    out = []
    for i in range(0, len(conversations), batch):
        inputs = encode(conversations[i : i + batch])
        with on_or_off(adapter):
            ids = model.generate(
                input_ids=inputs["input_ids"],
                attention_mask=inputs["attention_mask"],
                max_new_tokens=max_new_tokens,
                do_sample=not greedy,
                **({} if greedy else {"temperature": 1.0, "top_k": 0, "top_p": 1.0}),
                pad_token_id=tokenizer.pad_token_id,
            )
        new = ids[:, inputs["input_ids"].shape[1] :]
        out += [text.strip() for text in tokenizer.batch_decode(new, skip_special_tokens=True)]
    return out


def words(text):
    return re.findall(r"[^\W\d_]+(?:'[a-z]+)?", text.lower())


def publish(**result):
    """Hand a result on; the decision is made from these figures."""
    print(json.dumps(result, indent=1))


# Questions with answers of like length share a batch, which lasts as long as its longest answer.
usual = dict(zip(questions, answers([(question, "") for question in questions], adapter=False, greedy=True)))
questions.sort(key=lambda question: len(usual[question]))

print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters, {len(tokenizer)} tokens, on {device}")
