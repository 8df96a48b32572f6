"""What functions of scoped sandboxes were asked is recorded on the host, with the prompts of the agent's files."""

from seer_evals.lab.functions._asked import Asked
from seer_evals.lab.functions._reception import Call
from seer_evals.runtime.record.lists import Lists
from seer_evals.scorers._fidelity.record import Record
from seer_evals.studies import Ran

QUESTIONS = [{"id": "q01", "question": 'What is "home"?'}, {"id": "q02", "question": "Where is Paris?"}]


def test_prompts_are_found_in_arguments_and_in_their_attachments() -> None:
    asked = Asked(Lists.of_files({"questions": QUESTIONS}))
    asked.note(Call("kernel main", "api", "ask", {"prompt": 'What is "home"?'}, b"", False))
    (read,) = asked.plain()
    assert (read["model"], read["function"], read["of"], read["texts"]) == ("api", "ask", {"questions": [1, 2]}, 1)
    asked.note(Call("kernel main", "api", "ask", {"prompt": {"$": "str", "at": [0, 15]}}, b"Where is Paris?", False))
    record = Record(tuple(asked.plain()), complete=True)
    assert record.has(Ran(of="questions", share=1.0)) is True and record.has(Ran(of="others")) is False
