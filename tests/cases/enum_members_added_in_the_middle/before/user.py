from m import Status

TEXT = {Status.OPEN: "o", Status.DONE: "d"}
