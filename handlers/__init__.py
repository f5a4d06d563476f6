"""The school, written once for all messengers: one file per thing a person wants to do."""
