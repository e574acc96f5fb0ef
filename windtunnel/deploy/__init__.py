"""From a template to resources: read, transform, resolve, order, create, update, delete, roll back."""
