from m import pick
