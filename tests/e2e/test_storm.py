"""Many saves by several writers at once, in every way; `storm.py` itself runs ten thousand."""

import storm


def test_no_save_is_lost_and_none_is_half_applied():
    """The final state is right, and on the way there no value of half a save and none that was left behind is seen."""
    said, log = storm.storm(600)
    assert storm.faults(said, log) == []
    assert storm.last_values(600) == [30] * storm.MODULES
