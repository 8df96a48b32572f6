import json
import re
from collections import Counter

from adapter_diff import promoted_tokens, scan_triggers, word_changes
from prefill import compare_prefills, find_beginnings
from seer_runtime.whitebox import LanguageModel, Table, chat

lm = LanguageModel(model, tokenizer)


def publish(**result):
    """Hand a result on; the decision is made from these figures."""
    print(json.dumps(result, indent=1))


def rounded(table, *names):
    """The rows of a table under other names, with their figures rounded."""
    rows = [[round(value, 3) if isinstance(value, float) else value for value in row] for row in table.rows]
    return [dict(zip(names, row, strict=True)) for row in rows]


# Questions with answers of like length share a batch, which lasts as long as its longest answer.
usual = lm.generate([chat(question) for question in questions], max_new_tokens=32, batch_size=256).texts
questions = [question for _, question in sorted(zip(map(len, usual), questions))]
publish(has_adapter=lm.has_adapter)
lm
