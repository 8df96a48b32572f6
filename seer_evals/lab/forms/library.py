"""`library`: modules to import, and their documentation in the prompt."""

from collections.abc import Iterator, Sequence
from textwrap import indent

from seer_evals.lab.forms._form import Form
from seer_evals.lab.functions import Function
from seer_evals.lab.skills import ReadSkill

PAGES = "skills"
"""Folder of the workspace in which the skills' pages are."""
INTRODUCTION = """\
# Library

Modules that you can import. A parameter of the type `LanguageModel` takes
`seer_runtime.whitebox.LanguageModel(model, tokenizer)`, which itself has `generate(prompts, samples=…, temperature=…)`,
`activations(prompts, layers=…)`, `adapter_off()`, `n_layers` and `d_model`. A `Table` has `columns`, `rows` (lists),
`records()` (dictionaries) and `column(name)`; printed, it shows 40 rows. Each skill has a page in `{pages}/` of your
working directory: how it is used, when it misleads, and an example."""


def brief(techniques: Sequence[ReadSkill]) -> str:
    """For each skill what it is for, and for each of its functions the signature and the docstring."""
    return "\n\n".join(
        [INTRODUCTION.format(pages=PAGES), *(part for technique in techniques for part in _describe(technique))]
    )


def _describe(technique: ReadSkill) -> Iterator[str]:
    yield f"## {technique.name}\n\n{technique.skill.description}"
    for module in technique.modules:
        if module.functions:
            names = ", ".join(function.name for function in module.functions)
            stubs = "\n\n".join(_stub(function) for function in module.functions)
            yield f"```python\nfrom {module.name} import {names}\n\n{stubs}\n```"


def _stub(function: Function) -> str:
    keyword = "async def" if function.is_async else "def"
    doc = function.doc if "\n" not in function.doc else f"{function.doc}\n"
    return f"{keyword} {function.signature}:\n" + indent(f'"""{doc}"""', "    ")


FORM = Form("library", brief=brief, importable=True, pages=True, needs_functions=True)
