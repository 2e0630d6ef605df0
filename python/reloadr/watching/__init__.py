"""Saves that are applied by themselves.

operating system ─▶ FileWatch ─▶ queue of paths ─▶ settle ─▶ the same transaction as poll() ─▶ log, on_report, awatch
                    src/watch     who wants them?   half a
                                                    file waits

The file watch delivers paths and says nothing of their content: hashes of the bytes settle what time stamps and
events can only guess. It watches folders, for a watch on a file is lost when an editor saves by rename. A file is
delivered when its writer closed it or renamed it into place; only an empty file, or one that is no Python, waits
until it stayed as it is for a while. A save of more than bodies of functions waits ten milliseconds for others
(`Delivery`), for Save All writes files one by one.

What version control rewrites comes as one. While a living process writes a repository's `index.lock`, everything is
held back. Before a batch is delivered the index is looked at again; if it is another, the watch waits for the events
that are on their way. And what is read counts only if the repository was at rest before and after (`FileWatch.rest`).

What a save costs does not depend on the number of modules, but for two things: half a second after the last import
the thread takes in what was imported (0.2 s for 5,000 modules, others go on), and a pass over the heap, where a
changed function runs at the very moment, takes as long as the heap is large.

One lock holds a session; a thread that waits longer than a minute for it gets a `RuntimeError`, since code that a
reload runs may wait for that thread. A reload within a reload returns `nothing` at once. Evaluation lets other
threads run like any Python code; only the commit does not. A fork's child opens a watch of its own.
"""
