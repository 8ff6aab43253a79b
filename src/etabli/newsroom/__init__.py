"""How pages come to be: drafts are set into pages, handed out to annotators, taken back and settled.

`drafts` reads what a writer returns, `compose` sets it into a site's page, `handout` prepares the folders of
blind annotators and takes their rows back, `settle` lists differences and applies decisions.
"""
