"""The workbench: coding, assigning and answering many inputs at once, each time with a preview and one way back."""
