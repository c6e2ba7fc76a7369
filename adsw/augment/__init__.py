"""What is done to text: vocabulary, partial views, swaps, captions, and the bank made of them."""
