"""Pages that show several features at once; they read and change nothing."""
