"""The Amazon States Language: a definition is checked, then compiled once into plain state objects."""
