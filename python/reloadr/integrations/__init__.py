"""What is known of frameworks, one file each. They see `reloadr.plugins` and public names only, as anybody's do."""
