"""Runs functions: execution environments with AWS's life cycle, on real processes, no container."""
