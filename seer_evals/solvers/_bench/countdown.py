"""What an agent has left, said after each of its turns: turns, time, and the number of the last message."""

from inspect_ai.model import ChatMessage, ChatMessageTool, ContentText

from seer_evals.solvers._bench.limits import minutes, time_left


def countdown(turns: int, most: int, messages: int | None = None) -> str:
    """One line such as `[turn 4 of 50; 12 min left; the last message is number 9]`.

    Args:
        turns: Turns used.
        most: Turns there are.
        messages: How many messages there are, where evidence is given by their numbers.
    """
    numbered = [] if messages is None else [f"the last message is number {messages - 1}"]
    return f"[{'; '.join([f'turn {turns} of {most}', *_time_left(), *numbered])}]"


def append_to_result(message: ChatMessage, line: str) -> bool:
    """Put a line below a tool's result; False where the message is none, or an error, of which models see no more."""
    if not isinstance(message, ChatMessageTool) or message.error is not None:
        return False
    if isinstance(message.content, str):
        message.content = f"{message.content}\n\n{line}"
    else:
        message.content = [*message.content, ContentText(text=line)]
    return True


def _time_left() -> list[str]:
    time = time_left()
    return [f"{minutes(time)} left"] if time is not None else []
