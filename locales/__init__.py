"""The words in Ukrainian and Russian; English stands in the code."""
