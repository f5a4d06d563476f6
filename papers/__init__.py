"""Papers: what is printed, drawn and listed; plain data in, bytes out, knowing no database and no messenger."""
