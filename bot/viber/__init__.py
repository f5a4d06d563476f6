"""Viber, spoken through viberbot's classes and our own client."""
