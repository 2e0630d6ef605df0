def connect(host, /, port=5432, *options, tls=False, **extra):
    return f"{host}:{port} {options} {tls} {sorted(extra)}"
