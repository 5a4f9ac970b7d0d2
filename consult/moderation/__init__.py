"""One queue: holding, publishing, refusing, merging and splitting."""
