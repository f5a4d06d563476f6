"""The core: conversations, words, and the way of a letter."""
