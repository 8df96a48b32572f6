"""What `seer NOUN new` writes: one folder of templates for each thing that people add, and one way to fill them."""

from seer_evals.new._write import HYPHENS, UNDERSCORES, Naming, write_new, write_text

__all__ = ["HYPHENS", "UNDERSCORES", "Naming", "write_new", "write_text"]
