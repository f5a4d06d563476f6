"""The demo as a person meets it: the command, the page in a browser, and its ending."""
