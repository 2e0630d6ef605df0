"""The processes of one program under `reloadr run`, and their one account."""
