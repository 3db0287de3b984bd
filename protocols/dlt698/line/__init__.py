"""Sessions without I/O for both ends of a connection (会话)."""
