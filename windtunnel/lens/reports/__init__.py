"""Reports of a check: for the terminal, for people with a browser, for other tools. One file a format."""
