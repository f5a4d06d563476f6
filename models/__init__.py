"""The facts and their rules, one file per subject."""
