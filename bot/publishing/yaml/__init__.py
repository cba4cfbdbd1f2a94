"""Hand-edited YAML: hostile input is refused, and an edit leaves every other byte unchanged."""
