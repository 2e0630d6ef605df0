"""The command line, and programs under `reloadr run`."""
