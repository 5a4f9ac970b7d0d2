"""The playing field of a round: who plays a part, what they hold, whom we do not reach, and what we ask inside."""
