"""Where tables are printed."""

from rich.console import Console

console = Console()
