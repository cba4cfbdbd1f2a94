"""Signs: what a message is, read from the expressions of a YAML file. Start with `reader`."""
