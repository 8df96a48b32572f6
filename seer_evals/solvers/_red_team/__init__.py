"""Parts of `red_team`: the autorater that is attacked, and the record of the attacks."""
