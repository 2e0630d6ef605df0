class Group:
    members = []
