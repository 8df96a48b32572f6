"""From a folder of templates to files that already work, to be changed into what is wanted."""

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from types import MappingProxyType

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Naming:
    """What a name may be."""

    pattern: str
    says: str
    example: str

    def refuse(self, kind: str, name: str) -> None:
        """Refuse a name.

        Raises:
            ValueError: It is not one that such a thing can have.
        """
        if not re.fullmatch(self.pattern, name) or keyword.iskeyword(name):
            raise ValueError(f"{name!r} cannot be a {kind}'s name: {self.says}, such as {self.example!r}")


UNDERSCORES = Naming(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", "lower-case letters, digits and _", "my_one")
HYPHENS = Naming(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", "lower-case letters, digits and hyphens", "my-one")


def write_new(
    kind: str, name: str, into: Path, naming: Naming = UNDERSCORES, more: Mapping[str, str] = MappingProxyType({})
) -> list[Path]:
    """Write what works as it is.

    Args:
        kind: A folder of `templates/`; `$name` and the like stand in its files and in their names.
        name: Of the new thing.
        into: The folder in which it is made; made itself if it is not there.
        naming: What the name may be.
        more: Further words of these templates, by what stands for them; `$name` in one of them stays as it is.

    Returns:
        The files or the folder that were made, the first being the one to begin with.

    Raises:
        ValueError: It cannot have this name, or something is there already.
    """
    naming.refuse(kind, name)
    words = {**more, **_words(name)}
    made = {_filled(str(each.relative_to(TEMPLATES / kind)), words): each for each in _files(kind)}
    tops = sorted({into / Path(relative).parts[0].removesuffix(".txt") for relative in made})
    for path in tops:
        _refuse_taken(path)
    for relative, template in made.items():
        write_text(into / relative.removesuffix(".txt"), _filled(template.read_text(encoding="utf-8"), words))
    return tops


def write_text(path: Path, text: str) -> Path:
    """Write a new file, and the folders that it lies in.

    Raises:
        ValueError: It is there already.
    """
    _refuse_taken(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _refuse_taken(path: Path) -> None:
    if path.exists():
        raise ValueError(f"{path} is there already; choose another name, or remove it")


def _files(kind: str) -> list[Path]:
    # `.txt` keeps a template of Python from being taken for Python of this package.
    return sorted(path for path in (TEMPLATES / kind).rglob("*") if path.is_file())


def _words(name: str) -> dict[str, str]:
    module = name.replace("-", "_")
    words = module.replace("_", " ")
    return {
        "name": name,
        "module": module,
        "hyphens": module.replace("_", "-"),
        "words": words,
        "title": words.capitalize(),
        "type": words.title().replace(" ", ""),
    }


def _filled(text: str, words: dict[str, str]) -> str:
    return Template(text).safe_substitute(words)
