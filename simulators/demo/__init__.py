"""The demo: a village in this process, the daemon in another, one time for both, and a table at the end."""
