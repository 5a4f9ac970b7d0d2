"""The workbench: what is done with many inputs of a list at once, each time with a look first and one way back."""
