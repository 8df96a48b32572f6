"""Everything that is wrong with seeds and dimensions, with the line and the remedy."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from seer_evals.audits._check_dimension import dimension_problems
from seer_evals.audits._check_seed import seed_problems
from seer_evals.audits._dimensions import Dimension
from seer_evals.audits._document import Document, read_document
from seer_evals.audits._parse import M, parse
from seer_evals.audits._problem import Unusable
from seer_evals.audits._seeds import Seed
from seer_evals.problem import Problem


def check_seeds(paths: Iterable[Path]) -> list[Problem]:
    """Everything that is wrong with seeds; an empty list if an auditor can be given each of them."""
    return _check(list(paths), Seed, "instructions", seed_problems)


def check_dimensions(paths: Iterable[Path]) -> list[Problem]:
    """Everything that is wrong with dimensions; an empty list if a judge can be given each of them."""
    return _check(list(paths), Dimension, "rubric", dimension_problems)


def _check(
    paths: list[Path], kind: type[M], body: str, problems: Callable[[Document, M], Iterator[Problem]]
) -> list[Problem]:
    found = list(_twice(paths))
    for path in paths:
        try:
            found += problems(read_document(path), parse(path, kind, body))
        except Unusable as error:
            found += error.problems
    return found


def _twice(paths: list[Path]) -> Iterator[Problem]:
    first: dict[str, Path] = {}
    for path in paths:
        if path.stem in first:
            yield Problem(path, f"has the same id as {first[path.stem]}; rename one of them, file and id", line=1)
        first.setdefault(path.stem, path)
