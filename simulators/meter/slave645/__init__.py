"""What a simulated DL/T 645-2007 meter does at each function, one small file for each kind of act."""
