"""The contrastive loss, and the gathering of negatives over several workers."""
