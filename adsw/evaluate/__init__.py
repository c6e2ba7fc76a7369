"""What a trained pair of heads is worth: retrieval in both directions, chance levels, intervals."""
