def setup():
    import m

    return m.Tool()


setup_fresh = setup


def check(tool, report):
    assert tool.label == "tool" and tool.make() == "Tool" and tool.size() == 4
