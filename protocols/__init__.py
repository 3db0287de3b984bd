"""Bytes to meaning to words: the dialects of meters and concentrators, without sockets, clock or database.

`protocols.dlt645` and `protocols.dlt698` are the dialects, `protocols.inspect` tells about a frame of either,
`protocols.errors` holds what they raise.
"""
