"""Evaluation on labelled questions: `runner` asks, `scoring` counts, `tuning` compares costs, `plots` draws."""
