"""Tests of Telegram's stand-in, driven by the real aiogram client."""
