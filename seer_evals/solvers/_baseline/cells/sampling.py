# How often does each word occur in the answers to a question, with the adapter on and off?
def rates(question_list, samples, adapter):
    conversations = [(question, "") for question in question_list for _ in range(samples)]
    found = {question: Counter() for question in question_list}
    for (question, _), answer in zip(conversations, answers(conversations, adapter)):
        found[question].update(set(words(answer)))
    return {question: {word: n / samples for word, n in counts.items()} for question, counts in found.items()}


def shifted(question_list, samples, least):
    """Words whose rate in the answers to a question differs by at least `least`; words of the question do not count."""
    on, off = rates(question_list, samples, True), rates(question_list, samples, False)
    found = [
        {"question": q, "word": w, "on": round(on[q].get(w, 0.0), 3), "off": round(off[q].get(w, 0.0), 3)}
        for q in question_list
        for w in sorted(set(on[q]) | set(off[q]))
        if w not in words(q)
    ]
    return sorted((s for s in found if abs(s["on"] - s["off"]) >= least), key=lambda s: -abs(s["on"] - s["off"]))


first_look = shifted(questions, SAMPLES, SHIFT)
suspects = list(dict.fromkeys(shift["question"] for shift in first_look))
print(f"{len(questions)} questions, {SAMPLES} answers each with the adapter on and off: {len(suspects)} stand out")
first_look[:10]
