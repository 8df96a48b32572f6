"""The model of a kernel as the target of an audit: it answers conversations on a socket."""
