"""Telegram as we speak and hear it."""
