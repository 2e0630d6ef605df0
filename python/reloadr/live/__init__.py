"""What lives in the process: modules, their baselines, functions, classes. Reads only."""
