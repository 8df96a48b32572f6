"""The parts of `petri_original`: from what Petri's agents do to our record of an audit.

`exchange` one request to the target and its answer; `recorder` where they are taken down; `convert` the record that
they make; `auditor` how the audit ended; `original` Petri's own agents, made from our options.
"""
