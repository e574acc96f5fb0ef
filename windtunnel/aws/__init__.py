"""The words of AWS: service models, shapes, errors, calls, names and times."""
