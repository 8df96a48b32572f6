"""Which model an agent of a harness runs on."""

from inspect_ai.model import Model, get_model
from inspect_ai.model._model import model_roles

from seer_evals.plain_text import Refusal

AUDITOR = "auditor"


def agent_model(*roles: str) -> Model:
    """The model of the first of these roles that is bound, then of `auditor`, then the evaluated model.

    Raises:
        Refusal: There is none of them; the message says what to bind.
    """
    wanted = dict.fromkeys([*roles, AUDITOR])
    bound = next((role for role in wanted if role in model_roles()), None)
    model = get_model(role=bound) if bound else get_model()
    if model.api.__class__.__name__ == "NoModel":
        options = " or ".join(f"--model-role {role}=MODEL" for role in wanted)
        raise Refusal(f"there is no {next(iter(wanted))}: give {options} or --model MODEL")
    return model
