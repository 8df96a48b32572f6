"""Papers are read as text; what cannot be read is refused with what to do."""

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from seer_evals.drafts import PaperError, find, read_paper
from seer_evals.drafts import _reading as reading

SENTENCES = ["We remove one direction from the model.", "The share falls from 0.88 to 0.06.", "That is all we did."]
Made = Callable[..., Path]


def pdf(*pages: str) -> bytes:
    """A PDF with these lines of text, a page each, made by hand."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for text in pages:
        lines = "".join(f"({line}) Tj 0 -14 Td " for line in text.splitlines())
        stream = f"BT /F1 11 Tf 50 700 Td {lines}ET".encode()
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        kids.append(len(objects) + 1)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % len(objects)
        )
    listed = " ".join(f"{kid} 0 R" for kid in kids).encode()
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (listed, len(kids))
    out, places = io.BytesIO(b""), []
    out.write(b"%PDF-1.4\n")
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start))
    return out.getvalue()


PAGES = [f"{sentence} {'It is said again, so that there is text on the page. ' * 3}" for sentence in SENTENCES]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    def write(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


def test_a_text_has_lines(made: Made) -> None:
    paper = read_paper(made("x.txt", ("\ufeff" + "\n".join(PAGES)).encode()))
    assert paper.unit == "line" and str(find(paper, SENTENCES[1])) == "line 2" and len(paper.digest) == 64


def test_a_pdf_has_pages(made: Made) -> None:
    paper = read_paper(made("x.PDF", pdf(*PAGES)))
    assert len(paper.parts) == 3
    assert [str(find(paper, each)) for each in SENTENCES] == ["page 1", "page 2", "page 3"]


def test_a_pdf_of_pictures_is_refused(made: Made) -> None:
    with pytest.raises(PaperError, match="pictures of pages and no text; recognise the text first"):
        read_paper(made("x.pdf", pdf("", "")))


@pytest.mark.parametrize(("password", "refused"), [("secret", True), ("", False)])
def test_a_pdf_with_a_password_is_refused_and_one_that_asks_for_none_is_read(
    made: Made, password: str, refused: bool
) -> None:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(*PAGES))))
    writer.encrypt(user_password=password, owner_password="owner", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    path = made("x.pdf", out.getvalue())
    if refused:
        with pytest.raises(PaperError, match="asks for a password; save it without"):
            read_paper(path)
    else:
        assert find(read_paper(path), SENTENCES[0])


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4\n", b"no PDF at all", pdf(*PAGES)[:300]])
def test_a_broken_pdf_is_refused(made: Made, content: bytes) -> None:
    with pytest.raises(PaperError, match=r"cannot be read as a PDF .*; save its text as a \.txt file|no text"):
        read_paper(made("x.pdf", content))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.docx", b"PK", r"is neither \.pdf nor \.txt nor \.md; save its text as one of these"),
        ("x.txt", "Größe".encode("latin-1"), "is no UTF-8 text; save it as such"),
        ("x.txt", b"words and \0 more", r"is no text; if it is a PDF, name it \.pdf"),
        ("x.md", b"  \n", "hardly any text; is it the right file"),
        ("x.md", b"a word " * 70_000, "characters, and 400,000 are read at most; save the part"),
    ],
)
def test_what_is_no_paper_is_refused(made: Made, name: str, content: bytes, message: str) -> None:
    with pytest.raises(PaperError, match=message):
        read_paper(made(name, content))


def test_too_much_is_refused_before_it_is_read(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made("x.pdf", pdf(*PAGES))
    monkeypatch.setattr(reading, "MOST_PAGES", 2)
    with pytest.raises(PaperError, match="has 3 pages, and 2 are read at most"):
        read_paper(path)
    monkeypatch.setattr(reading, "MOST_BYTES", 100)
    with pytest.raises(PaperError, match="bytes, and 100 are read at most"):
        read_paper(path)


def test_without_pypdf_it_is_said_what_to_install(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdf", None)
    with pytest.raises(PaperError, match=r"needs the package pypdf.*pip install 'seer_evals\[pdf\]', or give the text"):
        read_paper(made("x.pdf", pdf(*PAGES)))


def test_nothing_is_fetched(tmp_path: Path) -> None:
    with pytest.raises(PaperError, match=r"there is no file .*2406\.11717; fetch the paper first"):
        read_paper(tmp_path / "2406.11717")
