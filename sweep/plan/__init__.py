"""What a sweep will take, found out before anything starts."""
