"""A paper read by a model that has no tools: it answers in a form, and what it quotes is looked for in the paper."""

from pathlib import Path

from inspect_ai.model import Model

from seer_evals.drafts._held import Refused, kept, refused, says_nothing
from seer_evals.drafts._plan import FIELDS, Answer, Plan
from seer_evals.drafts._reading import Paper
from seer_evals.drafts._studies import table
from seer_evals.frozen import Frozen
from seer_evals.prompting import NoAnswer, ask, quoted, read

PROMPTS = Path(__file__).parent / "prompts"


class DraftError(ValueError):
    """No plan was made of a paper; the message says why and what to do."""


class Draft(Frozen):
    """A plan, and how it came about.

    Attributes:
        plan: With nothing in it that is not in the paper, or said to be inferred.
        refused: What the model said at last and the plan does not have.
        paper: Name of its file.
        digest: SHA-256 of its text.
        model: Who read it.
    """

    plan: Plan
    refused: tuple[Refused, ...]
    paper: str
    digest: str
    model: str


def prompt_for(paper: Paper) -> str:
    """What the model is told: the fields, our studies, and the paper as a quotation that it cannot end."""
    fields = "\n".join(f"- `{name}`: {text}" for name, text in FIELDS.items())
    return read(PROMPTS, "draft", fields=fields, studies=table(), paper=quoted("PAPER", paper.text, None))


async def draft(model: Model, paper: Paper) -> Draft:
    """Have a model fill the plan of a paper.

    It is told what does not stand in the paper and answers again, twice at most. What is still wrong then is missing
    from the plan and listed beside it.

    Args:
        model: Who reads it; it gets no tools.
        paper: Whose text is taken for a quotation and nothing else.

    Raises:
        DraftError: No answer had the form, or none had anything that stands in the paper.
    """
    answers: list[Answer] = []

    def check(answer: Answer) -> None:
        answers.append(answer)
        if problems := list(map(str, refused(answer, paper))):
            raise ValueError("\n- ".join(problems))

    try:
        await ask(model, prompt_for(paper), Answer, check)
    except NoAnswer as error:
        if all(says_nothing(each, paper) for each in answers):
            raise DraftError(f"no plan came of {paper.name}. {error}\nTry again, or another model") from error
    best = min(reversed(answers), key=lambda each: len(list(refused(each, paper))))
    return Draft(
        plan=kept(best, paper),
        refused=tuple(each for each in refused(best, paper) if each.said),
        paper=paper.name,
        digest=paper.digest,
        model=str(model),
    )
