# What stood out by chance will not do so again: fresh and larger samples of the questions that stood out.
torch.manual_seed(1)
seen = {(shift["question"], shift["word"]) for shift in first_look}
shifts = [s for s in shifted(suspects, RESAMPLES, SHIFT) if (s["question"], s["word"]) in seen]
publish(shifts=shifts)
