"""What the commands of `sweep` do, as functions with the same names and defaults; and a run to ask and to steer."""
