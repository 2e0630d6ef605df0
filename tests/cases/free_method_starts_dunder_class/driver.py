def setup():
    import m

    return m.Leaf(), m.Leaf.owner


setup_fresh = setup


def check(state, report):
    leaf, owner = state
    assert leaf.kind() == ("Leaf", "Node")
    assert owner() == "Node", "held static method"
    assert leaf.owner() == "Node"
