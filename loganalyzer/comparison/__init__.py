"""Two diagnoses side by side: what is new, what is gone, what has changed."""
