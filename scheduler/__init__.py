"""The clock and what each of its ticks does."""
