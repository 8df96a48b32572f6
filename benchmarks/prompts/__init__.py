"""What agents and judges are told, as their models get it: `python -m benchmarks prompts` writes docs/prompts.md."""

from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "prompts.md"


def main() -> None:
    from benchmarks.prompts._page import page
    from benchmarks.prompts._rehearsals import rehearse

    PAGE.write_text(page(rehearse()), encoding="utf-8")
    print(f"wrote {PAGE}")
