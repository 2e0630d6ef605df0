"""`INSTALLED_APPS = ["reloadr.django", ...]`: a plain `python manage.py runserver` is hot.

Put it first. Where Django would start the program a second time, to restart that for each save, the command becomes
`reloadr run` of what was typed, in the same process: as soon as this app is met, before models and other apps of the
project are imported. So the supervisor waits for the mend of whatever keeps those from starting, holds the port over a
restart, and all else is as under `reloadr run`. Other commands, `--noreload` and servers of others see an empty app.
"""
