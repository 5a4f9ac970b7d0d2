"""Practice rounds: somebody learns the work on invented input, of which nothing is published or mailed."""
