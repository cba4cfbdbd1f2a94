"""Evaluation on labelled questions.

`runner` asks, `scoring` counts, `comparison` compares two runs, `tuning` compares costs, and `plots` draws.
"""
