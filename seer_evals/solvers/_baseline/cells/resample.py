# What stood out by chance will not do so again: fresh and larger samples of the questions that stood out.
seen = {(row["question"], row["word"]) for row in first_look.records()}
again = word_changes(lm, suspects, samples=RESAMPLES, least=SHIFT, seed=1) if suspects else first_look
shifts = rounded(again, "question", "word", "on", "off")
publish(shifts=[shift for shift in shifts if (shift["question"], shift["word"]) in seen])
