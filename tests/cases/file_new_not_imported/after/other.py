raise SystemExit('must not run')
