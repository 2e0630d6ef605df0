def setup():
    import m

    return {"fail": m.fail, "run": m.Job().run, "globals": vars(m), "module": m}


setup_fresh = setup


def check(state, report):
    m = state["module"]
    assert m.fail is state["fail"]
    for function, args, text in ((state["fail"], (0,), "1 / n"), (state["run"], (), 'ValueError("job")')):
        try:
            function(*args)
        except Exception as error:
            assert frames(error)[-1][1] == line_of("m.py", text), frames(error)
    assert code_differences(m.fail, "m.py") == []
    assert code_differences(m.Job.run, "m.py") == []
    assert code_differences(m.late, "m.py") == []
