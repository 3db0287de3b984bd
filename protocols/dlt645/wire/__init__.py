"""What every frame is made of: addresses, control bytes, numbers, and how declarations become plans."""
