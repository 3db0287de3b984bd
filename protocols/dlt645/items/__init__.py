"""Data items: the identifier table, its formats, and what models of meters do in their own way."""
