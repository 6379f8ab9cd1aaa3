"""Opens sessions: the one place that knows which engine is reached in which way."""

from aistack.databases.session import DatabaseFailed, Session
from aistack.databases.target import Target

EXTRAS = {"redis": "redis", "mongodb": "mongodb"}


async def open_session(target: Target, seconds: float) -> Session:
    """Raises DatabaseFailed."""
    try:
        if target.engine == "postgres":
            from aistack.databases.engines.postgres.session import PostgresSession

            return await PostgresSession.open(target, seconds)
        if target.engine == "mysql":
            from aistack.databases.engines.mysql.session import MysqlSession

            return await MysqlSession.open(target, seconds)
        if target.engine == "redis":
            from aistack.databases.engines.redis import RedisSession

            return await RedisSession.open(target, seconds)
        if target.engine == "mongodb":
            from aistack.databases.engines.mongodb.session import MongoSession

            return await MongoSession.open(target, seconds)
        from aistack.databases.workers.engine_session import EngineSession

        return await EngineSession.open(target, seconds)
    except ImportError as error:
        raise DatabaseFailed(
            "failed", f"{error.name} is not installed; pip install 'aistack[{EXTRAS.get(target.engine, 'databases')}]'"
        ) from None
