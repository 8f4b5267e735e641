"""What strangers send is read in a process of its own: `process` starts it, `parser` is what it runs."""
