"""What the models of a kernel did in each cell: which prompts they read, with which adapters, weights and edits.

The kernel puts this into the metadata of its reply, so that it stands beside a cell's outputs and is none of them. Code
in the same process could reach in here: it is a record of honest work, and no proof against a forger.
"""
