"""What every messenger and every step share."""
