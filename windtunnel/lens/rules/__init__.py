"""The rules of the lens, one file each: practice and fault make its name."""
