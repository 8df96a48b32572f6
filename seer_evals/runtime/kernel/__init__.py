"""The kernels of a sandbox: a daemon that holds them, and the processes that they are."""
