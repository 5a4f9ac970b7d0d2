"""What each command of `consult` asks and does, by noun; `cli` puts them together."""
