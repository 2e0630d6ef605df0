"""What is watched, pending and refused in this process."""
