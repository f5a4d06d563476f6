"""Fault tests: what happens to people's facts and letters when something goes wrong, as rows of figures."""
