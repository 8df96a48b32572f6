"""A file that cannot be read as a seed or a dimension."""

from collections.abc import Sequence

from seer_evals.problem import Problem


class Unusable(ValueError):
    """A file that cannot be read as what it should be."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)
