"""What people look at: the live terminal screen, the leaderboard, the report."""
