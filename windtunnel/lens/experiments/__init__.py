"""Experiments: what the lens does to a running application to see a practice hold or fail. One file each, found by its place."""
