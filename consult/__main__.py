"""Run the `consult` command as a module."""

from consult.cli import main

main()
