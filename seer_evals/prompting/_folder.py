"""What lies beside a file: prompts, and modules that are to be had by their path."""

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Self

from seer_evals import by_path
from seer_evals.prompting._fill import fill


@dataclass(frozen=True)
class Folder:
    """The folder of a harness, a scorer or a study, in this package or anywhere else."""

    path: Path

    @classmethod
    def of(cls, file: str) -> Self:
        """The folder in which a file is: `HERE = Folder.of(__file__)`."""
        return cls(Path(file).resolve().parent)

    def prompt(self, name: str, /, **parts: object) -> str:
        """`NAME.md`, filled.

        Raises:
            ValueError: A placeholder has no value, or a value no placeholder.
        """
        return fill((self.path / f"{name}.md").read_text(encoding="utf-8"), **parts)

    def beside(self, name: str) -> ModuleType:
        """The module `NAME.py`. What is outside of this package takes what lies beside it so, and never by `import`.

        Inspect puts the folder on `sys.path`, and Python keeps the first module of a name that it saw: a second study
        or harness of the same run would silently get the first one's.
        """
        return by_path.load(self.path / f"{name}.py")
