"""Delivering events: every asynchronous hop is a delivery that is attempted, recorded, and never lost."""
