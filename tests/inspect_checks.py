"""Inspect's own conformance suite of sandboxes, by name, for a test module's globals. What sleeps is marked slow."""

import pytest

from seer_evals.inspect_private import sandbox_self_check

CHECKS = {name: check for name, check in vars(sandbox_self_check).items() if name.startswith("test_")}
for name in ("test_exec_timeout_kills_process", "test_exec_timeout_kills_child_processes"):
    pytest.mark.slow(CHECKS[name])
