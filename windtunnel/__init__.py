"""Runs AWS Lambda applications on one machine and judges them against the Lambda best-practices guide."""
