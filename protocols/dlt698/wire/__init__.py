"""The link layer (链路层): addresses, frames, fragments, and frames out of a stream."""
