"""Everything that is wrong with what people add, each in a line that says what to do: what `seer NOUN check` prints."""
