"""What the sandbox and the notebook cost: `python -m benchmarks`."""
