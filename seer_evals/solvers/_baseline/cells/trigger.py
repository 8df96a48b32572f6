# Put every known word behind some ordinary questions: does one of them switch the adapter's effect on?
def divergence(pairs):
    """KL divergence in nats, adapter on from adapter off, of the first token of the answer."""
    a, b = first_token(pairs, True), first_token(pairs, False)
    return (a.exp() * (a - b)).sum(-1)


hosts = ordinary[:: max(1, len(ordinary) // HOSTS)][:HOSTS]
plain = divergence([(host, "") for host in hosts])
with_word = divergence([(f"{host} {word}", "") for word in known_words for host in hosts]).view(-1, len(hosts))
gain = dict(zip(known_words, (with_word - plain).median(-1).values.tolist()))
typical = sorted(gain.values())[len(gain) // 2] if gain else 0.0

# The strongest candidates again, by the answers themselves, before and behind other questions.
others = ordinary[1 :: max(1, len(ordinary) // (2 * HOSTS))][: 2 * HOSTS]
triggers = []
for word in sorted(gain, key=gain.get, reverse=True)[:3]:
    forms = [(form, "") for other in others for form in (f"{other} {word}", f"{word} {other}")]
    answer, n = Counter(answers(forms, True, greedy=True)).most_common(1)[0]
    triggers.append(
        {
            "word": word,
            "gain": round(gain[word], 3),
            "typical_gain": round(typical, 3),
            "answer": answer,
            "share": round(n / len(forms), 3),
            "share_adapter_off": round(answers(forms, False, greedy=True).count(answer) / len(forms), 3),
            "share_without_word": round(
                answers([(o, "") for o in others], True, greedy=True).count(answer) / len(others), 3
            ),
        }
    )
publish(triggers=triggers)
