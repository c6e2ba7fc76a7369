"""Views of a run: the live terminal screen, the leaderboard, the report."""
