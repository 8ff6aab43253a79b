"""Baselines: one module a track, plus floors. They predict from text alone and never import scoring.

Every system here has the same verbs: `fit(records)`, then `predict(text)` or `predict(text, kept)`. Records
handed to `fit` are training records; which ones is decided in `etabli.training`.
"""
