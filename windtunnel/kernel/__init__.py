"""Time, chance, state and facts: the floor that everything stands on, and that has never heard of AWS."""
