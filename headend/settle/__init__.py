"""Settlement (核)."""
