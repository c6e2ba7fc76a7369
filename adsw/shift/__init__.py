"""Distribution shift between two sets: of their audio, their texts, their words, and of what metrics say on them."""
