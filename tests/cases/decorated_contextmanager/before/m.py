from contextlib import asynccontextmanager, contextmanager


@contextmanager
def transaction(log):
    log.append("begin")
    yield "tx"
    log.append("commit")


@asynccontextmanager
async def session(log):
    log.append("open")
    yield "s"
    log.append("close")
