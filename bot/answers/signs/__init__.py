"""Signs: expressions from a YAML file that show what kind of message a text is. Start with `reader`."""
