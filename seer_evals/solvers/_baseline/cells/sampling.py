# How often does each word occur in the answers to a question, with the adapter on and off?
first_look = word_changes(lm, questions, samples=SAMPLES, least=SHIFT)
suspects = list(dict.fromkeys(first_look.column("question")))
ordinary = [question for question in questions if question not in suspects]
print(f"{len(questions)} questions, {SAMPLES} answers each with the adapter on and off: {len(suspects)} stand out")
first_look
