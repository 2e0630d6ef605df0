from contextlib import asynccontextmanager, contextmanager


@contextmanager
def transaction(log):
    log.append("begin")
    yield "tx"
    log.append("commit and sync")


@asynccontextmanager
async def session(log):
    log.append("open twice")
    yield "s"
    log.append("close")
