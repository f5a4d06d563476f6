"""Telegram, spoken through aiogram."""
