"""What the report says first, and how its winner is used."""
