"""The spine: one row for every input whatever its channel, with its versions, visibility and merge pointer."""
