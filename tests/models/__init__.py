"""The facts, on both databases."""
