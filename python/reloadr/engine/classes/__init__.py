"""Members, bases and metaclasses of living classes; classes that are made anew."""
