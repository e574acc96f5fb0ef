"""The Velocity language, as far as mapping templates speak it: text ─parsing─► nodes ─running─► text."""
