"""Tests of what is printed, drawn and listed."""
