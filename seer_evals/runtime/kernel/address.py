"""Where the kernel host of a sandbox is: files in its run directory, named here alone."""

SOCKET = "kernel_host.sock"
LOG = "kernel_host.log"
PID = "kernel_host.pid"
LOCK = "kernel_host.lock"
