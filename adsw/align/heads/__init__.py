"""The projection heads: two small Transformers per trial, many trials packed side by side."""
