"""Parts of `elicitor`: prompts tried on the target over many conversations, and what came of them."""
