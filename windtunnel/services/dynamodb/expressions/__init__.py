"""DynamoDB's expressions: text ─ parse (cached by text) ─► nodes ─ resolve (names and values of a request) ─► nodes ─ evaluate ─► item."""
