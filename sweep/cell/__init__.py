"""The training cell: its messages, its broker and its loop. Nothing here imports Ray."""
