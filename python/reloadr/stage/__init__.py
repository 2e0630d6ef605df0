"""What is to become true."""
