"""The parts of `petri`: one file for each step of an audit.

`options` what may be chosen; `purpose` why the auditor is here and how it ends; `auditor` its replies; `declining`
which of them refuse; `tools/` what it can do; `audit` the state and the record; `asking` a reply of the target;
`conversation` what the target reads; `target` the model; `outputs` what is kept of an answer besides its words;
`prefills` which models continue a begun reply; `definitions` tools for the target; `whitebox` vectors and readings;
`realism` the check of what the auditor sends; `showing` what the auditor is shown; `trail` spans, branches and
timelines in the log.
"""
