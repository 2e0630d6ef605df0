"""Open pages are told when a response may have changed: a script in each page, and a stream of events beside them."""
