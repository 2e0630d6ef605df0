LOG = []
if __name__ == "__main__":
    raise SystemExit(LOG)
