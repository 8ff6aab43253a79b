"""The leaderboard: who takes part, what they scored, and the pages that show it.

card, submissions → entrants → results → figures, mistakes → site, summary → output

A submission is hostile until proven right: `card` and `submissions` refuse whatever is not exactly a card and a
prediction file, and the pages escape everything that comes from one. The same release and submissions give
the same bytes: nothing here reads a clock.
"""
