"""Learning from chats: the loop, the sampling of answers, vectors added to activations meanwhile."""
