"""An Inspect AI evaluation suite: an investigator agent in a laboratory with a language model."""
