"""Emergencies and distress: recognised by signs and by meaning before anything else, and whom to call."""
