"""The synthesis report: what people said per theme, for and against and apart from most, and how it was weighed."""
