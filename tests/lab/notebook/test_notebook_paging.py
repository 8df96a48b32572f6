"""Reading what a cut output leaves out."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from inspect_ai.tool import Tool, ToolDef, ToolError

from seer_evals.lab.notebook import NotebookSession, notebook_tools
from seer_evals.lab.notebook.rendering import TEXT_LIMIT


@pytest.fixture
def tools(session: NotebookSession) -> dict[str, Tool]:
    return {ToolDef(tool).name: tool for tool in notebook_tools(session)}


async def long_cell(tools: dict[str, Tool]) -> tuple[int, str, str]:
    """A cell that prints 20,000 numbered lines: its number, what is shown of it, and what it wrote."""
    shown = str(await tools["run_cell"](code="for number in range(20_000): print('line', number)"))
    number = int(re.match(r"Cell (\d+)", shown)[1])  # type: ignore[index]
    return number, shown, "".join(f"line {number}\n" for number in range(20_000))


async def test_pages_from_the_note_on_are_together_the_whole_output(tools: dict[str, Tool]) -> None:
    number, shown, written = await long_cell(tools)
    note = re.search(r'left out here; notebook\(action="read", cell=(\d+), start=(\d+)\)', shown)
    assert note and int(note[1]) == number
    start = int(note[2])
    read = shown.split("\n", 1)[1][:start]
    while start < len(written):
        head, page = str(await tools["notebook"](action="read", cell=number, start=start)).split("\n", 1)
        stop = start + len(page)
        assert f"characters {start} to {stop} of {len(written)}" in head and len(page) <= TEXT_LIMIT
        assert (f"start={stop} reads on" in head) == (stop < len(written))
        read, start = read + page, stop
    assert read == written


async def test_a_page_can_be_chosen(tools: dict[str, Tool]) -> None:
    number, _, written = await long_cell(tools)
    page = str(await tools["notebook"](action="read", cell=number, start=100, end=150))
    assert page.split("\n", 1)[1] == written[100:150]
    assert str(await tools["notebook"](action="read", cell=number)).split("\n", 1)[1] == written[:TEXT_LIMIT]


async def test_places_of_a_text_come_with_offsets_that_reading_takes(tools: dict[str, Tool]) -> None:
    number, _, written = await long_cell(tools)
    head, *found = str(await tools["notebook"](action="read", cell=number, text="line 1999")).splitlines()
    assert "in 11 places" in head
    offset, _, line = found[-1].partition(": ")
    assert line == "line 19999" and written[int(offset) :].startswith("line 19999")
    many = str(await tools["notebook"](action="read", cell=number, text="line"))
    assert "in 20000 places, the first " in many and len(many) < TEXT_LIMIT + 200
    assert "in 0 places" in str(await tools["notebook"](action="read", cell=number, text="line.*", start=5, end=90))
    within = str(await tools["notebook"](action="read", cell=number, text="line 7", start=0, end=100))
    assert "in 1 places" in within


async def test_a_text_in_one_enormous_line_is_found_without_showing_the_line(tools: dict[str, Tool]) -> None:
    shown = str(await tools["run_cell"](code="print('x' * 100_000 + 'needle' + 'y' * 100_000 + 'needle')"))
    number = int(re.match(r"Cell (\d+)", shown)[1])  # type: ignore[index]
    found = str(await tools["notebook"](action="read", cell=number, text="needle"))
    assert "in 2 places" in found and "100000: " in found and "200006: " in found and len(found) < 1000


@pytest.mark.parametrize("pattern", ["(a+)+$", "(x*)*" * 20, "[", "\\"])
async def test_no_pattern_keeps_anybody_busy(tools: dict[str, Tool], pattern: str) -> None:
    shown = str(await tools["run_cell"](code="print('a' * 100_000)"))
    number = int(re.match(r"Cell (\d+)", shown)[1])  # type: ignore[index]
    assert "in 0 places" in str(await tools["notebook"](action="read", cell=number, text=pattern))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"start": 10**9}, "has the characters 0 to 208889 in its output; there is no start=1000000000"),
        ({"start": -1}, "there is no start=-1"),
        ({"start": 10, "end": 10}, "cannot be read from start=10 to end=10"),
        ({"text": ""}, "Text is empty"),
        ({"cell": 4321}, "There is no cell 4321"),
    ],
)
async def test_what_is_not_there_is_said_with_what_is(
    tools: dict[str, Tool], arguments: dict[str, Any], words: str
) -> None:
    number, _, _ = await long_cell(tools)
    with pytest.raises(ToolError, match=words):
        await tools["notebook"](**{"action": "read", "cell": number, **arguments})


async def test_cells_without_output_say_so(tools: dict[str, Tool], session: NotebookSession) -> None:
    silent = (await session.run("1;")).number
    assert "has no text in its output" in str(await tools["notebook"](action="read", cell=silent))
    with pytest.raises(ToolError, match="is a text cell"):
        await tools["notebook"](action="read", cell=await session.markdown("words"))


async def test_a_traceback_and_a_value_are_read_as_they_are_shown(tools: dict[str, Tool]) -> None:
    shown = str(await tools["run_cell"](code="print('x' * 20_000)\nraise ValueError('y' * 20_000)"))
    number = int(re.match(r"Cell (\d+)", shown)[1])  # type: ignore[index]
    page = str(await tools["notebook"](action="read", cell=number, start=20_001, end=20_150))
    assert "ValueError" in page and "\x1b" not in page


async def test_what_the_background_of_another_cell_said_is_cut_on_its_own(tools: dict[str, Tool]) -> None:
    code = """
import threading
go = threading.Event()
thread = threading.Thread(target=lambda: (go.wait(), print('l' * 9_000)))
thread.start()"""
    starter = int(re.match(r"Cell (\d+)", str(await tools["run_cell"](code=code)))[1])  # type: ignore[index]
    shown = str(await tools["run_cell"](code="go.set(); thread.join(); print('o' * 7_900)"))
    assert "o" * 7_900 in shown, "the cell's own text is whole"
    assert f'notebook(action="read", cell={starter}, start=0)' in shown and len(shown) < TEXT_LIMIT * 3 // 2


def test_the_descriptions_state_the_limits_and_the_names_that_hold(session: NotebookSession) -> None:
    definitions = {tool.name: tool for tool in map(ToolDef, notebook_tools(session, suffix="_scratch", limit=1_500))}
    assert "at most 1,500 characters" in " ".join(definitions["run_cell_scratch"].description.split())
    assert "`notebook_scratch` reads the rest" in " ".join(definitions["run_cell_scratch"].description.split())
    assert "read: 1,500 characters of" in " ".join(definitions["notebook_scratch"].description.split())


async def test_the_note_names_the_tool_of_the_second_notebook(new_session: Callable[..., Any]) -> None:
    session = await new_session("second")
    tools = {ToolDef(tool).name: tool for tool in notebook_tools(session, suffix="_second", limit=900)}
    shown = str(await tools["run_cell_second"](code="print('x' * 5_000)"))
    assert 'notebook_second(action="read", cell=1, start=600)' in shown
    assert "characters 600 to 1500 of 5001" in str(await tools["notebook_second"](action="read", cell=1, start=600))
