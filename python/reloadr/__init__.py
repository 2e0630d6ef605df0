"""Hot reloading."""
