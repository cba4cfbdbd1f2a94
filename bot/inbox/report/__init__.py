"""The report on citizens' questions and their outcomes."""
