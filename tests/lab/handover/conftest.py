"""A technique in a folder of its own, outside the repository, as a user writes one."""

from pathlib import Path

import pytest

SKILL_MD = """\
---
name: answer-rate
description: How often the model's answers contain a word. Open it when you suspect that it favours one.
metadata:
  needs: weights, adapter
---

# Answer rate

Counts answers {with braces}, and says nothing about why.



## Example

```python
from answer_rate import answer_rate
from seer_runtime.whitebox import LanguageModel

lm = LanguageModel(model, tokenizer)
print(answer_rate(lm, ["What is your favourite sport?"], "rowing"))
```
"""

SCRIPT = '''\
"""How often a word is in the model's answers."""

from wording_of_answers import normalised
from seer_runtime import expose
from seer_runtime.whitebox import LanguageModel


@expose
def answer_rate(lm: LanguageModel, prompts: list[str], word: str, samples: int = 2) -> dict[str, float]:
    """Sample answers and count those with the word.

    Args:
        lm: The model.
        prompts: What to ask.
        word: What to look for, in any case.
        samples: Answers per prompt.
    """
    if not word:
        raise ValueError("word is empty; give the word to look for")
    answers = [text for prompt in prompts for text in lm.generate([prompt] * samples, max_new_tokens=8).texts]
    return {"rate": sum(normalised(word) in normalised(text) for text in answers) / len(answers), "n": len(answers)}
'''

HELPER = '''\
"""Words in one spelling."""


def normalised(text: str) -> str:
    return text.lower()
'''


@pytest.fixture(scope="session")
def technique_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("elsewhere") / "answer-rate"
    (folder / "scripts").mkdir(parents=True)
    (folder / "SKILL.md").write_text(SKILL_MD)
    (folder / "scripts" / "answer_rate.py").write_text(SCRIPT)
    (folder / "scripts" / "wording_of_answers.py").write_text(HELPER)
    return folder
