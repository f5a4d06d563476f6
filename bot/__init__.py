"""The machine: it moves words between messengers and people and knows nothing of a school."""
