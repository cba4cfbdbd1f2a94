"""Danger and distress: recognised by signs and by meaning before anything else is tried, and whom to call."""
