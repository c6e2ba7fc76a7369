"""The search space: its language, its checks, and its way to trials' recipes."""
