"""Judging an application: the estate it is, the rules of the guide, and what experiments prove."""
