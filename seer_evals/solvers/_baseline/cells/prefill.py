# Begin the answer for the model. The beginnings are those after which the base model has a choice of words; they
# follow the questions that stood out, or some others if none did. Which word does the adapter make it choose?
beginnings = find_beginnings(lm, questions, top=BEGINNINGS).column("beginning")
asked = suspects[:ASKED] or ordinary[:: max(1, len(ordinary) // ASKED)][:ASKED]
prefills = rounded(compare_prefills(lm, asked, beginnings), "beginning", "word", "on", "off") if beginnings else []
publish(prefills=[{**each, "word": each["word"].strip().lower()} for each in prefills])
