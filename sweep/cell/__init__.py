"""The training cell: what it is asked, what it answers, and its loop. Nothing here imports Ray."""
