"""The workbench: coding, assigning, answering, joining and hiding many inputs at once, each time with a preview and one way back."""
