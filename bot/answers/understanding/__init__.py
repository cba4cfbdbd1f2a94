"""What a message is about: scored topics, the requested fact, and what it takes from the conversation."""
