"""The shared report: one table model, number formats, and writers of page, terminal, Markdown, LaTeX and CSV."""
