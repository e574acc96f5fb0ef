"""Code that runs inside execution environments: it imports nothing of the platform and nothing outside the standard library."""
