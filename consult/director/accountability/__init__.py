"""What was agreed, what came of it and at what cost: per agreement, per goal, per round and for the authority."""
