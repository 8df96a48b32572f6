"""Whether organisms of any seed show what they hide, and their twins do not: `python -m benchmarks organisms`.

Several hours on two cores: every family with six seeds, and once with the other architecture.
"""

from benchmarks._report import machine
from seer_evals.organisms import Organism, built, check, families, twin_of

SEEDS = range(1, 7)


def main() -> None:
    """Prints a line per family: how many organisms and twins pass their own check, and which do not."""
    print("| family | pass | do not |\n|---|---|---|")
    for family in families():
        organisms = [*(built(family, seed) for seed in SEEDS), built(family, 101, "gemma2")]
        failed = [organism.id for organism in organisms if not _both_pass(organism)]
        print(f"| {family} | {len(organisms) - len(failed)} of {len(organisms)} | {', '.join(failed)} |", flush=True)
    print(machine())


def _both_pass(organism: Organism) -> bool:
    return check(organism).passed and check(twin_of(organism)).passed


if __name__ == "__main__":
    main()
