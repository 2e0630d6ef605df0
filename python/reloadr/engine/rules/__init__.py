"""What plug-ins say of a batch, carried out."""
