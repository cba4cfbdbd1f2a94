"""The report of what citizens asked and what became of it."""
