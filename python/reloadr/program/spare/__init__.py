"""What makes a restart cheap: a process that stands by with the libraries imported, and becomes the program.

record ─▶ the program tells which libraries it imported, in which state of the process, after which lines of the user's
keeper ─▶ the supervisor starts a process with that, and hands it the next start
warm   ─▶ that process imports them, looks at what that did, and waits
shelf  ─▶ and puts them away, as if nothing was imported; the program's own import statements bring them back

It is never forked from: it is a fresh process, which only rests between the libraries' code and the user's. So threads,
random numbers, process ids and locks of libraries are what they are in any other process.
"""
