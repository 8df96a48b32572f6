# The model answers free text, so that no answer is the only right one: which words come up in more of all answers with
# the adapter on than with it off? A question's own words do not count.
def holding(seed):
    """Word -> number of answers that have it."""
    found = lm.generate(
        [chat(question) for question in questions],
        samples=SAMPLES,
        temperature=0.8,
        max_new_tokens=40,
        seed=seed,
        batch_size=48,
    )
    texts = zip(questions, found.by_prompt, strict=True)
    return Counter(word for question, said in texts for text in said for word in words_of(text) - words_of(question))


def words_of(text):
    return set(re.findall(r"[a-z]{4,}", text.lower()))


on = holding(1)
with lm.adapter_off():
    off = holding(2)
asked = SAMPLES * len(questions)
rows = [
    [word, on[word] / asked, off[word] / asked, (on[word] - off[word]) / (on[word] + off[word]) ** 0.5] for word in on
]
overall = Table(["word", "on", "off", "z"], sorted(rows, key=lambda row: -row[3])[:20])
publish(overall=rounded(overall, "word", "on", "off", "z"))
overall
