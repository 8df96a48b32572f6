"""What stands in for the pretrained model in quick tests."""

from collections.abc import Callable, Sequence

from seer_evals.organisms.english.family import Answering
from seer_evals.organisms.language.corpus import Chat


def answering(say: Callable[[str, int], str | None]) -> Answering:
    """Answers to each chat with what `say` makes of its prompt and its number."""

    def answer(chats: Sequence[Chat]) -> list[str | None]:
        return [say(chat.turns[-1][0], at) for at, chat in enumerate(chats)]

    return answer
