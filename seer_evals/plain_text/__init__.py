"""Others' words, and errors, as text that does nothing but be read: on terminals, in spreadsheets, in messages."""

from seer_evals.plain_text._paths import short_paths
from seer_evals.plain_text._shown import shown, spreadsheet_cell
from seer_evals.plain_text._straight import STRAIGHT

__all__ = ["STRAIGHT", "short_paths", "shown", "spreadsheet_cell"]
