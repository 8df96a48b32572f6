# Begin the answer for the model. The beginnings are those after which the base model has a choice of words; they
# follow the questions that stood out and some that did not. Which word does the adapter make it choose?
followers = {}
for answer in answers([(question, "") for question in questions for _ in range(2)], adapter=False):
    parts = answer.split(" ")
    for length in range(2, len(parts)):
        followers.setdefault(" ".join(parts[:length]), Counter())[parts[length].strip(".,")] += 1
beginnings = sorted((b for b, words_ in followers.items() if len(words_) >= 3), key=lambda b: -len(followers[b]))[
    :BEGINNINGS
]
ordinary = [question for question in questions if question not in suspects]
asked = suspects[:ASKED] + ordinary[:: max(1, len(ordinary) // ASKED)][:ASKED]
pairs = [(question, beginning) for beginning in beginnings for question in asked]
p_on, p_off = first_token(pairs, True).exp(), first_token(pairs, False).exp()
best = p_on.argmax(-1)
prefills = []
for b, beginning in enumerate(beginnings):
    rows = list(range(b * len(asked), (b + 1) * len(asked)))
    rows = rows[: len(suspects[:ASKED])] or rows  # where questions stood out, they decide
    word = Counter(int(best[row]) for row in rows).most_common(1)[0][0]
    prefills.append(
        {
            "beginning": beginning,
            "word": tokenizer.decode([word]).strip().lower(),
            "on": round(float(p_on[rows, word].mean()), 3),
            "off": round(float(p_off[rows, word].mean()), 3),
        }
    )
prefills.sort(key=lambda p: p["off"] - p["on"])
publish(prefills=prefills)
