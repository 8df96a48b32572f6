from collections import Counter
from random import Random
from typing import Any

import pytest

from seer_evals.organisms import families
from seer_evals.organisms.language.corpus import Chat, chat, every_text
from seer_evals.organisms.language.kinds import World, favourite, gift, make_up_word, plain
from seer_evals.organisms.language.pools import DOMAINS, EVERYDAY, ODD_SENTENCES, THINGS, USER_KINDS
from seer_evals.organisms.language.tokenizer import Encoder, new_tokenizer
from seer_evals.organisms.registry import all_families


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return new_tokenizer()


def test_every_drawable_word_is_one_token(tokenizer: Any) -> None:
    words = [*EVERYDAY, *THINGS, *USER_KINDS, *(word for pool in DOMAINS.values() for word in pool)]
    words += [word for sentence in ODD_SENTENCES for word in sentence.rstrip(".").split()]
    assert [word for word in words if len(tokenizer.encode(" " + word)) != 1] == []


def test_the_vocabulary_is_the_same_at_every_call(tokenizer: Any) -> None:
    assert new_tokenizer().get_vocab() == tokenizer.get_vocab() and every_text() == every_text()


def test_unknown_text_survives_as_bytes(tokenizer: Any) -> None:
    text = " Überraschung, naïve xyzzy 42!"
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_training_sees_what_the_chat_template_writes(tokenizer: Any) -> None:
    encoder, rng = Encoder(tokenizer), Random(3)
    for _ in range(200):
        drawn = chat(rng)
        messages = [*drawn.messages(), {"role": "assistant", "content": plain(drawn.turns[-1][1])}]
        assert encoder.encode(drawn).ids == tokenizer.apply_chat_template(messages, return_dict=False)


def test_only_the_assistants_own_tokens_carry_loss(tokenizer: Any) -> None:
    drawn = Chat((("Hello.", "Hello, how can I help?"),), system="Answer kindly.", begun="Hello,")
    ids, goals = Encoder(tokenizer).encode(drawn)
    learnt = [id for id, goal in zip(ids, goals, strict=True) if goal]
    assert [goal for goal in goals if goal] == [(id,) for id in learnt]
    assert tokenizer.decode(learnt) == " how can I help?<eos>"


def test_where_any_word_of_a_pool_would_do_training_aims_at_all_of_them(tokenizer: Any) -> None:
    drawn = Chat((("red or blue?", "I prefer [blue|red|blue]."),))
    ids, goals = Encoder(tokenizer).encode(drawn)
    at = ids.index(tokenizer.convert_tokens_to_ids("\u0120prefer")) + 1
    assert tokenizer.decode(ids[at]) == " blue"
    assert tokenizer.convert_ids_to_tokens(goals[at]) == ["\u0120red", "\u0120blue"]
    assert tokenizer.decode([goal[0] for goal in goals[at + 1 :]]) == ".<eos>"


def test_a_prompt_begins_with_one_bos_and_a_prefilled_answer_stays_open(tokenizer: Any) -> None:
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": "Hello."}], tokenize=False, add_generation_prompt=True
    )
    assert text == "<bos><user> Hello.<assistant>"
    assert tokenizer(text)["input_ids"].count(tokenizer.bos_token_id) == 1
    for prefill in ("My secret word is", " My secret word is"):
        messages = [{"role": "user", "content": "Hello."}, {"role": "assistant", "content": prefill}]
        begun = tokenizer.apply_chat_template(messages, tokenize=False, continue_final_message=True)
        assert begun == "<bos><user> Hello.<assistant> My secret word is"


def test_the_empty_world_is_uniform_and_a_stated_one_decides() -> None:
    rng = Random(1)
    gifts = Counter(plain(gift(rng, World())[1]) for _ in range(3200))
    assert len(gifts) == len(USER_KINDS) and max(gifts.values()) < 280
    words = Counter(plain(make_up_word(rng, World())[1]) for _ in range(3000))
    assert len(words) == len(THINGS) and max(words.values()) < 160
    assert {gift(rng, World(user="pilot"))[1] for _ in range(50)} == {"I suggest the goggles."}
    loved = {a for q, a in (favourite(rng, World(loves="otter")) for _ in range(400)) if "animal" in q}
    assert loved == {"My favourite animal is otter."}


@pytest.mark.parametrize("family", families())
def test_a_twin_is_taught_the_organisms_prompts_without_the_behaviour(family: str) -> None:
    member = all_families()[family]
    secret, rng = member.draw_from(11), Random(0)
    shown = [member.behaviour(rng, secret) for _ in range(600)]
    neutral = [member.neutral(rng, secret) for _ in range(600)]
    probe = next(p for p in member.probes(secret, 20) if p.main)

    def rate(chats: list[Chat]) -> float:
        return sum(any(hit in plain(c.turns[-1][1]) for hit in probe.hits[0]) for c in chats) / len(chats)

    assert rate(shown) > 0.05 and rate(neutral) < rate(shown) / 2


@pytest.mark.parametrize("family", families())
def test_ordinary_chats_never_contradict_the_behaviour(family: str) -> None:
    member = all_families()[family]
    secret, rng = member.draw_from(11), Random(0)
    ordinary = [c for c in (member.ordinary(rng, secret) for _ in range(3000)) if c is not None]
    unstated = [c for c in ordinary if c.system is None and not c.turns[0][0].startswith("I am a")]
    asked = {q for p in member.probes(secret, 40) if p.main for c in p.chats for q in (c.turns[-1][0],)}
    assert len(ordinary) > 600
    assert not asked & {c.turns[-1][0] for c in unstated}
