import os


def setup():
    import m

    return m.Files()


setup_fresh = setup


def check(files, report):
    assert files.join("xa", "b") == ("a/b" if os.sep == "/" else "xa")
