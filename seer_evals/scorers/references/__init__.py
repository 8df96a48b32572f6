"""Reference implementations: the measurements that studies ask for, as the scorer makes them itself.

Each file has a function `measure(model, tokenizer, arguments)`, runs inside the sandbox once the agent is done, and may
import torch and `seer_runtime` only. A file for a study by chat has `async measure(target, arguments)` with an Inspect
model, and runs outside. No briefing, skill or sandbox file ever shows one to an agent.
"""
