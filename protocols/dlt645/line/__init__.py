"""Dialogue on a line: frames out of bytes, answers to their questions, long items in parts; no input or output."""
