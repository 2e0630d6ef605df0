from conf import FULL as API
