"""The round trip between the corpus and a Label Studio server.

`config` (the labelling screen) and `tasks` (a page and its annotation as a task and results, both ways) are
pure; `server` runs a server of its own environment; `client` speaks to any server through the SDK, which only
it imports, when it is called; `push`, `pull` and `adjudication` are the verbs; `store` writes the layers.
"""
