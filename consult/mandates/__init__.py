"""Within which bounds a round runs: its preconditions, and the gates that let a phase start."""
