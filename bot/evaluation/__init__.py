"""Labelled questions: asked by `runner`, counted by `metrics`, compared by `tuning`, drawn by `plots`."""
