"""Messages: which there are, who wants them when, and how they are written."""
