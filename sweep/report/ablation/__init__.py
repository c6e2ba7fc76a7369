"""An ablation in the report: its design, what it found, in words, and as tables and figures."""
