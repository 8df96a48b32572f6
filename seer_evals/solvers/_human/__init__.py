"""The parts of `human`, on top of Inspect's human agent.

`report` the file in which a person writes; `commands` what `task …` can do; `install` where the command lies in the
sandbox; `desk` the person's place, from login to report.
"""
