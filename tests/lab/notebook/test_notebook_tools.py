"""What the agent reads."""

import re
from typing import Any

import pytest
from inspect_ai.tool import ContentImage, ContentText, Tool, ToolCall, ToolDef, ToolError

from seer_evals.lab.notebook import CellResult, NotebookSession, notebook_tools
from seer_evals.lab.notebook.rendering import IMAGE_LIMIT, cell_told_of, render


def stream(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def value(**data: str) -> dict[str, Any]:
    return {
        "output_type": "execute_result",
        "data": {key.replace("_", "/"): item for key, item in data.items()},
        "metadata": {},
    }


def shown(*outputs: dict[str, Any], status: str = "ok", **facts: Any) -> str:
    rendered = render(CellResult(3, status, outputs, **facts))
    assert isinstance(rendered, str)
    return rendered


@pytest.fixture
def tools(session: NotebookSession) -> dict[str, Tool]:
    return {ToolDef(tool).name: tool for tool in notebook_tools(session)}


def test_a_cell_without_output_says_so() -> None:
    assert shown().endswith("(no output)")


@pytest.mark.parametrize("status", ["ok", "running", "error", "timeout", "interrupted", "dead"])
def test_who_reads_an_answer_back_knows_the_cell_and_whether_it_failed(status: str) -> None:
    assert cell_told_of(shown(status=status, death="died")) == (3, status not in ("ok", "running"))


def test_long_text_is_cut_in_the_middle_with_the_amount() -> None:
    text = shown(stream("begin " + "x" * 50_000 + " end"))
    assert "begin" in text and text.endswith("end")
    assert 'of 50,010 characters are left out here; notebook(action="read", cell=3, start=5333) reads on' in text
    assert len(text) < 8300


def test_colours_are_gone_from_errors_and_text() -> None:
    error = {
        "output_type": "error",
        "ename": "E",
        "evalue": "no",
        "traceback": ["\x1b[31m-----\x1b[39m", "\x1b[31mE\x1b[39m: no"],
    }
    assert shown(stream("\x1b[1mbold\x1b[0m\n"), error, status="error").splitlines()[1:] == ["bold", "E: no"]


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (value(text_plain="   a\n0  1", text_html="<table>…</table>"), "   a\n0  1"),
        (value(text_plain="<IPython.core.display.Markdown object>", text_markdown="**bold**"), "**bold**"),
        (value(text_plain="<IPython.core.display.HTML object>", text_html="<b>hello</b> there"), "hello there"),
    ],
)
def test_a_value_is_shown_as_its_best_text(output: dict[str, Any], words: str) -> None:
    assert shown(output).split("\n", 1)[1] == words


def test_images_are_images_and_their_number_is_bounded() -> None:
    plots = [value(text_plain="<Figure>", image_png="aGk=\n")] * (IMAGE_LIMIT + 2)
    rendered = render(CellResult(1, "ok", plots))
    assert [part.image for part in rendered if isinstance(part, ContentImage)] == [
        "data:image/png;base64,aGk="
    ] * IMAGE_LIMIT
    assert isinstance(rendered[-1], ContentText) and "2 more images" in rendered[-1].text


def test_an_image_too_large_is_named() -> None:
    assert "too large to show" in shown(value(image_png="x" * 5_000_000))


@pytest.mark.parametrize(
    ("facts", "advice"),
    [
        (
            {"status": "timeout", "timeout": 60.0},
            "at its time limit of 60 s. The kernel is alive and kept its variables",
        ),
        (
            {"status": "dead", "death": "exited with code 3"},
            'the kernel exited with code 3. All variables are lost. Use notebook(action="restart")',
        ),
        (
            {"status": "running", "duration": 30.0},
            '30 s so far, time limit 600 s). Use notebook(action="wait")',
        ),
        ({"status": "running", "unresponsive": True}, "interrupted twice and does not react"),
        ({"status": "interrupted", "duration": 4.0}, "interrupted after 4.00 s"),
    ],
)
def test_an_unusual_end_says_what_to_do_next(facts: dict[str, Any], advice: str) -> None:
    assert advice in shown(**facts)


async def test_a_cell_through_its_tool(tools: dict[str, Tool]) -> None:
    assert str(await tools["run_cell"](code="6 * 7")).endswith(":\n42")


async def test_a_traceback_through_its_tool_is_clean(tools: dict[str, Tool]) -> None:
    text = str(await tools["run_cell"](code="def f():\n    return 1 / 0\nf()"))
    assert "\x1b" not in text and "raised an error" in text
    assert "ZeroDivisionError: division by zero" in text and "----> 3 f()" in text


async def test_a_data_frame_is_a_text_table(tools: dict[str, Tool]) -> None:
    text = str(await tools["run_cell"](code="import pandas as pd\npd.DataFrame({'name': ['a'], 'score': [0.5]})"))
    assert "name  score" in text and "<table" not in text


async def test_a_plot_through_its_tool_is_an_image(tools: dict[str, Tool]) -> None:
    result = await tools["run_cell"](code="import matplotlib.pyplot as plt\nplt.plot([1, 2]);")
    assert isinstance(result, list) and isinstance(result[-1], ContentImage)


async def test_a_progress_bar_is_its_last_line(tools: dict[str, Tool]) -> None:
    code = "import sys\nfor i in range(50):\n    print(f'\\r{i}%|', end='', flush=True)\nprint()"
    assert str(await tools["run_cell"](code=code)).split("\n", 1)[1] == "49%|"


async def test_an_unknown_cell_is_a_tool_error_that_lists_the_cells(tools: dict[str, Tool]) -> None:
    with pytest.raises(ToolError, match=r"There is no cell 999; the notebook has the cells 1, "):
        await tools["notebook"](action="edit", cell=999, code="1")


async def test_the_outline_shows_order_outcome_and_restarts(tools: dict[str, Tool]) -> None:
    await tools["notebook"](action="note", text="# Plan")
    await tools["run_cell"](code="1 / 0")
    await tools["notebook"](action="restart")
    outline = str(await tools["notebook"](action="outline"))
    assert "(text): # Plan" in outline
    assert (
        "(code) [error; ran before the kernel was restarted]: 1 / 0\n    -> ZeroDivisionError: division by zero"
        in outline
    )


async def test_interrupting_a_cell_that_was_left_running(tools: dict[str, Tool]) -> None:
    text = str(await tools["run_cell"](code="import time\ntime.sleep(60)", wait=0.5))
    assert 'Use notebook(action="wait") to wait for it, or notebook(action="interrupt") to stop it' in text
    assert "The kernel is alive and kept its variables" in str(await tools["notebook"](action="interrupt"))


def test_a_second_notebook_has_tools_of_its_own_names(session: NotebookSession) -> None:
    definitions = [ToolDef(tool) for tool in notebook_tools(session, suffix="_scratch")]
    assert all(definition.name.endswith("_scratch") for definition in definitions)
    run_cell = definitions[0]
    assert "notebook_scratch" in str(run_cell.parameters.properties["wait"].description)
    assert run_cell.max_output == 0


def test_code_is_highlighted_in_the_log_viewer(session: NotebookSession) -> None:
    viewer = ToolDef(notebook_tools(session)[0]).viewer
    assert viewer is not None
    view = viewer(ToolCall(id="1", function="run_cell", arguments={"code": "x = 1"}))
    assert view.call is not None
    assert view.call.content == "```python\nx = 1\n```\n" and view.call.format == "markdown"


async def test_every_ability_is_an_action(tools: dict[str, Tool], session: NotebookSession) -> None:
    notebook = tools["notebook"]
    first, last = [int(str(await tools["run_cell"](code=code)).split()[1]) for code in ("x = 1", "x + 1")]
    assert str(await notebook(action="edit", cell=first, code="x = 5")).endswith("(no output)")
    inserted = str(await notebook(action="insert", after=first, code="x + 2"))
    assert inserted.endswith("\n7")
    number = int(inserted.split()[1])
    note = int(str(await notebook(action="note", text="# Plan", after=0)).split()[1])
    assert await notebook(action="move", cell=last, after=first) == f"Cell {last} is moved behind cell {first}."
    assert await notebook(action="edit", cell=note, text="# Plans") == f"Cell {note} has the new text."
    assert "7" in str(await notebook(action="read", cell=number))
    order = [cell["metadata"]["seer"]["number"] for cell in session.document["cells"]]
    assert order[0] == note and order.index(first) + 1 == order.index(last) == order.index(number) - 1
    assert await notebook(action="delete", cell=note) == f"Cell {note} is deleted."
    assert not session.has_cell(note)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ({"action": "read"}, "The action 'read' needs 'cell'"),
        ({"action": "insert", "code": "1"}, "The action 'insert' needs 'after'"),
        ({"action": "move"}, "The action 'move' needs 'cell' and 'after'"),
        ({"action": "note", "code": "# Plan"}, "The action 'note' needs 'text'"),
    ],
)
async def test_a_hasty_call_is_told_what_it_lacks(tools: dict[str, Tool], call: dict[str, Any], words: str) -> None:
    with pytest.raises(ToolError, match=re.escape(words)):
        await tools["notebook"](**call)


async def test_new_content_of_a_code_cell_is_code(tools: dict[str, Tool]) -> None:
    number = int(str(await tools["run_cell"](code="1")).split()[1])
    with pytest.raises(ToolError, match=f"Cell {number} needs its new content as code"):
        await tools["notebook"](action="edit", cell=number, text="2")


async def test_a_running_cell_can_be_waited_for(tools: dict[str, Tool]) -> None:
    await tools["run_cell"](code="import time\ntime.sleep(1)\n'awake'", wait=0.1)
    assert "awake" in str(await tools["notebook"](action="wait", wait=60))
