# What does the adapter add to the residual stream, read through the unembedding? Mean difference over all questions,
# at their last token.
@torch.no_grad()
def residuals(adapter):
    """Residual stream after each block but the last, at the last token of each question: [block, question, d_model]."""
    out = []
    for i in range(0, len(questions), 64):
        inputs = encode([(question, "") for question in questions[i : i + 64]])
        positions = (inputs["attention_mask"].cumsum(-1) - 1).clamp(min=0)
        with on_or_off(adapter):
            states = model(**inputs, position_ids=positions, output_hidden_states=True).hidden_states
        out.append(torch.stack([state[:, -1].float() for state in states[1:-1]]))
    return torch.cat(out, dim=1)


difference = (residuals(True) - residuals(False)).mean(1)
unembedding = model.get_output_embeddings().weight.float()
lens = []
for block, vector in enumerate(difference):
    scores = unembedding @ vector.to(unembedding.device)
    lens.append(
        {
            "block": block,
            "norm": round(float(vector.norm()), 4),
            "top": [tokenizer.decode([i]) for i in scores.topk(8).indices.tolist()],
        }
    )
publish(lens=lens)
