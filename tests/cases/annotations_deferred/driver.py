import annotationlib


def setup():
    import m

    return m.Tree.left


setup_fresh = setup


def check(left, report):
    shown = annotationlib.get_annotations(left, format=annotationlib.Format.STRING)
    assert shown == {"return": "Tree | NotYet"}, shown
