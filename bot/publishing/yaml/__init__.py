"""YAML that people edit by hand: hostile input is refused, and a change leaves every other byte as it is."""
