"""People who press everything, and people who press what was never theirs."""
