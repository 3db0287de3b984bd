"""The head-end's rooms (主站): archive, work, collect, settle, notify, control, strategy, desk, daemon."""
