"""Running loops move to the new text: what it takes of sources, of code objects and of frames.

running-code.md says what moves and when. A frame that runs old code is left alone until its loop begins anew; then it
goes on in the function's new code, at the head of the same loop, with its variables and its stack. Nothing is
rewritten or generated. It is possible because both codes hold the same things on the stack at the heads of two loops
that stand in the same blocks: an iterator for each `for`, an exit for each `with`, an exception for each handler.
`loops.py` matches loops in the source; `heads.py` finds their heads in the code, by positions; `flow.py` follows the
code for the depth of its stack, and for variables: the compiler leaves out the look whether one has a value where the
lines above make it so, and a frame from elsewhere would crash there. Depths are compared three times: old code, new
code, frame.

`sys.monitoring` calls `_core.Mover` at each jump back of the old code object, and the interpreter lets such a
callback choose where its frame goes on, as debuggers do. So the frame's own thread moves it, when all of it is
written down. `native/frames.rs` compares what it knows of a frame's inside with what the interpreter says, and
refuses where anything differs. No line of Python runs between the move and the interpreter. From 3.14 on a slot is a
pointer with a tag (`native/slots.rs`), and the stack has gaps. Code that a frame enters in its middle is looked at by
`sys.monitoring` there (`interpreter.make_known`); 3.15 crashes without when an exception comes through.

A frame has room for what its first code needed, so it gets a copy of the new code with a stack as large as the frame.
Where that is too small, the frame becomes one that calls an *entry*: the new code behind a few instructions that put
variables and stack in place and jump to the head. Later edits move the entry's frame.

CPython 3.11 has no `sys.monitoring`. There a loop that goes through `reloadr.loop` moves by a call that its frame makes
(`turns.py`), and no other does.

Loops that are held (`guards.py`) run a copy of their code with an exception table in which what nothing within the
loop handles leads to a few instructions behind its end. They ask `exception in guard`; the guard waits for a save, or
the exception goes on. A frame gets the copy when its loop comes round, or while an exception unwinds towards it
(`unwinding.py`).

The batch that brings the edit says what will move (`engine/functions/running.py`), a report of its own that it has.
The callback waits for no lock: it leaves a word in a queue.
"""
