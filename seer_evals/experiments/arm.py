"""Runs one arm: `python -m seer_evals.experiments.arm RUN.yaml LOGS`, in a process of its own.

The file is one of Inspect's run configurations, which only `inspect eval` takes; eval sets, which resume, do not.
"""

import sys


def main() -> int:
    """Exit status 0 if every sample has ended without an error."""
    from inspect_ai import eval_set

    from seer_evals.inspect_private import PrerequisiteError, parse_run_config

    config, logs = sys.argv[1:]
    try:
        # Without retries: whoever runs the experiment again retries, and knows that it costs something.
        success, _ = eval_set(**parse_run_config(config), log_dir=logs, display="plain", retry_attempts=0)
    except PrerequisiteError as error:
        sys.exit(str(error))
    return 0 if success else 1


if __name__ == "__main__":
    sys.exit(main())
