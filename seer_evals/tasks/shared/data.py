"""The directory that the real form of a study takes: `data=DIRECTORY`, with files of JSON."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Data:
    """A directory, and what it has to be."""

    folder: Path
    source: str

    @staticmethod
    def of(directory: str, source: str) -> "Data":
        """The directory that was given.

        Args:
            directory: What `data` says.
            source: What it has to be, for messages: `a directory with …`.

        Raises:
            ValueError: It was not given.
        """
        if not directory:
            raise ValueError(f"form=real needs data=DIRECTORY: {source}")
        return Data(Path(directory).expanduser(), source)

    def read(self, name: str) -> Any:
        """What a file of it holds.

        Raises:
            ValueError: It does not exist, or is no JSON.
        """
        path = self.folder / name
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ValueError(f"{path} does not exist; data has to be {self.source}") from None
        except ValueError as error:
            raise ValueError(f"{path} is no JSON ({error}); data has to be {self.source}") from None
