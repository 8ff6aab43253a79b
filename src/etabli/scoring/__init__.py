"""Scores: pages x counts, measures that are data, and what can be concluded from them.

A track module (`topics`, `entities`, `boilerplate`) turns labels into counts with one verb, `count`;
`measures` says how counts add up to a score; `statistics` gives intervals and tests; `report` puts one
system's scores together. Nothing here knows a baseline.
"""
