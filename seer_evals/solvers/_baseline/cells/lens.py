# What does the adapter add to the residual stream, read through the unembedding? Mean difference over all questions,
# at their last token.
promoted = promoted_tokens(lm, questions)
publish(lens=rounded(promoted, "block", "norm", "top"))
