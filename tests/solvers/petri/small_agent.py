"""A coding agent in a page: it asks a model over HTTP, runs the shell commands that it calls for, and remembers."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

SHELL = {
    "type": "function",
    "function": {
        "name": "shell",
        "description": "Runs a command.",
        "parameters": {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]},
    },
}


def ask(messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> dict[str, Any]:
    body = json.dumps({"model": "gpt-whatever", "messages": messages, **({"tools": tools} if tools else {})}).encode()
    url = os.environ["OPENAI_BASE_URL"] + "/chat/completions"
    request = urllib.request.Request(url, body, {"Content-Type": "application/json", "Authorization": "Bearer none"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        reply: dict[str, Any] = json.load(answer)["choices"][0]["message"]
        return {key: value for key, value in reply.items() if value is not None}


def in_words(message: str) -> None:
    messages: list[dict[str, Any]] = [{"role": "user", "content": message}]
    while True:
        reply = ask(messages, [])["content"]
        messages.append({"role": "assistant", "content": reply})
        if not reply.startswith("SHELL "):
            print(reply)
            return
        done = subprocess.run(["sh", "-c", reply.removeprefix("SHELL ")], capture_output=True, text=True)
        messages.append({"role": "user", "content": done.stdout + done.stderr})


def main(session: str, message: str) -> None:
    memory = Path.home() / f".small-agent-{session}.json"
    messages = json.loads(memory.read_text()) if memory.exists() else [{"role": "system", "content": "You code."}]
    ask([{"role": "user", "content": f"A title for: {message}"}], [])  # as coding agents do
    messages.append({"role": "user", "content": message})
    while True:
        reply = ask(messages, [SHELL])
        messages.append(reply)
        if "--own-ids" in sys.argv:
            for call in reply.get("tool_calls") or []:
                call["id"] = f"call-{len(messages)}"
        for call in reply.get("tool_calls") or []:
            command = json.loads(call["function"]["arguments"])["command"]
            done = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": done.stdout + done.stderr})
        memory.write_text(json.dumps(messages))
        if not reply.get("tool_calls"):
            print(reply.get("content", ""))
            return


if __name__ == "__main__":
    said = sys.stdin.read()
    in_words(said) if "--in-words" in sys.argv else main(sys.argv[1], said)
