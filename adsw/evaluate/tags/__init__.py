"""Tags as classes: which tracks have them, what prompts ask for them, how well scores rank them."""
