"""Reads a paper: the text of a PDF page by page, or a text file line by line. Nothing in it is run or followed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path

from seer_evals.drafts._text import canonical, clean

MOST_BYTES, MOST_PAGES, MOST_CHARACTERS = 40_000_000, 200, 400_000
"""Of a file, of a PDF, and of its text: some hundred thousand tokens, which many a model takes at the most."""
LEAST_CHARACTERS, LEAST_A_PAGE = 200, 100
"""Of a text, and of a page on average, below which a PDF has pictures of text."""
TEXTS = (".txt", ".md")
PART = "save the part that has claim, method and results as a .txt file, and give that"


class PaperError(ValueError):
    """A paper cannot be read; the message says what to do."""


@dataclass(frozen=True)
class Paper:
    """A paper's text.

    Attributes:
        name: Of its file.
        parts: Its pages or lines, in order.
        unit: `page` or `line`.
    """

    name: str
    parts: tuple[str, ...]
    unit: str

    @classmethod
    def of(cls, name: str, text: str) -> "Paper":
        """A text, of which a place is a line."""
        return cls(name, tuple(clean(text).splitlines()), "line")

    @cached_property
    def text(self) -> str:
        """All of it."""
        return "\n".join(self.parts)

    @cached_property
    def canonical(self) -> str:
        """All of it, as quotations are looked for in it."""
        return canonical(self.text)

    @cached_property
    def ends(self) -> Sequence[int]:
        """Where each part ends in the text, with the line break behind it."""
        return list(accumulate(len(each) + 1 for each in self.parts))

    @property
    def digest(self) -> str:
        """Of the text, by which a plan and its paper are known to belong together."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()


def read_paper(path: Path) -> Paper:
    """A paper from its file.

    Args:
        path: A `.pdf`, `.txt` or `.md` file.

    Raises:
        PaperError: It is not there, not of these kinds, encrypted, without text, or too large.
    """
    if not path.is_file():
        raise PaperError(f"there is no file {path}; fetch the paper first: nothing is downloaded here")
    if (size := path.stat().st_size) > MOST_BYTES:
        raise PaperError(f"{path.name} has {size:,} bytes, and {MOST_BYTES:,} are read at most; {PART}")
    kind = path.suffix.lower()
    if kind not in (".pdf", *TEXTS):
        raise PaperError(f"{path.name} is neither .pdf nor {' nor '.join(TEXTS)}; save its text as one of these")
    paper = Paper(path.name, _pages(path), "page") if kind == ".pdf" else Paper.of(path.name, _text(path))
    if (length := len(paper.text)) > MOST_CHARACTERS:
        raise PaperError(f"{path.name} has {length:,} characters, and {MOST_CHARACTERS:,} are read at most; {PART}")
    if len(paper.text.split()) * 4 < LEAST_CHARACTERS:
        raise PaperError(f"{path.name} has hardly any text; is it the right file?")
    return paper


def _text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise PaperError(f"{path.name} is no UTF-8 text; save it as such") from None
    if "\0" in text:
        raise PaperError(f"{path.name} is no text; if it is a PDF, name it .pdf")
    return text


def _pages(path: Path) -> tuple[str, ...]:
    try:
        from pypdf import PdfReader
    except ImportError:
        raise PaperError(
            f"{path.name} needs the package pypdf, which is not installed: pip install 'seer_evals[pdf]', or give the "
            "text of the paper as a .txt file"
        ) from None
    try:
        reader = PdfReader(path)
        if reader.is_encrypted and not reader.decrypt(""):
            raise PaperError(f"{path.name} asks for a password; save it without, or its text as a .txt file")
        if len(reader.pages) > MOST_PAGES:
            raise PaperError(f"{path.name} has {len(reader.pages)} pages, and {MOST_PAGES} are read at most; {PART}")
        pages = tuple(clean(page.extract_text()) for page in reader.pages)
    except PaperError:
        raise
    except Exception as error:
        # A PDF is made by anybody and can be broken in any way; what pypdf raises for that has no common base.
        raise PaperError(
            f"{path.name} cannot be read as a PDF ({type(error).__name__}: {error}); save its text as a .txt file"
        ) from error
    if sum(len(each.strip()) for each in pages) < LEAST_A_PAGE * len(pages):
        raise PaperError(
            f"{path.name} has pictures of pages and no text; recognise the text first, or save it as a .txt file"
        )
    return pages
