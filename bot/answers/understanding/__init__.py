"""What a message is about: scored topics, the fact that is asked for, what it owes to the conversation."""
