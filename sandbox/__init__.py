"""Stand-ins for the messengers' servers, strict at wire level, and a page of phones; it knows nothing of bot/."""
