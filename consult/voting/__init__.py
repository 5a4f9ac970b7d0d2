"""Polls, voters, ballots and marks, methods and counts."""
