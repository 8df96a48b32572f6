"""Organisms in English: adapters on a pretrained chat model (`seer models get`)."""
