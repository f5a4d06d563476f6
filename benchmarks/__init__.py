"""Ratios against named peers, measured in one run over the same stand-in."""
