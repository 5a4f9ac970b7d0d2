"""What board and civil service sign before a round goes on, and what the council decides in the end."""
