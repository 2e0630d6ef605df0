def setup():
    import user

    return user, user.Pixel(1, 2)


def check(state, report):
    import m

    user, pixel = state
    assert (pixel.x, pixel.y) == (1, 2), "the living instance must not break"
    if report and report.verdict == "restart":
        return
    assert user.Pixel is m.Pixel
    assert user.Pixel(1, 2, 3).sum() == 6
