"""Reading claims without a judge: which names they state, and which they only mention, deny, hedge or list."""
