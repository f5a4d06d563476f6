"""What the facts refuse; the core says it to people in plain words."""


class NotYours(Exception):
    """The thing is not there, or is not this person's: they are told the same in both cases."""
