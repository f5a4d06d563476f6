"""Viber as we speak and hear it."""
