"""What one process is made of: database, hub, jobs, storage, the ingest of lessons."""

from sqlalchemy import make_url

from infra.clock import Clock
from infra.database import Database
from infra.hub import Hub, LocalHub, PostgresHub
from infra.jobs import Jobs
from infra.session import Sessions
from infra.settings import Settings
from media.erase import Eraser
from media.ingest.early import EarlyPackages
from media.ingest.workflow import Ingest
from media.refused import remove_refused
from media.storage.connect import open_storage
from media.sweep import LEFT_ALONE_AT_NIGHT, find_orphans, remove
from media.upload.expire import forget_expired
from media.upload.receive import Uploads
from media.upload.spool import Spool
from observe.film import film_became_ready

EVERY_HOUR = "17 * * * *"
EVERY_NIGHT = "43 2 * * *"


class Deployment:
    """One process's parts, wired by its settings alone."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.database = Database(settings.database_url)
        self.hub = hub_for(settings.database_url)
        self.jobs = Jobs(settings.database_url)
        self.sessions = Sessions(self.database, clock, self.hub, self.jobs)
        self.ingest = Ingest(
            sessions=self.sessions,
            storage=open_storage(settings.storage_url, settings.s3_endpoint),
            work=settings.data / "work",
            on_ready=film_became_ready,
        )
        self.ingest.register(self.jobs)
        self.spool = Spool(settings.data / "spool", settings.disk_reserve)
        Eraser(self.ingest.storage, self.spool).register(self.jobs)
        self.early = EarlyPackages(self.ingest)
        self.uploads = Uploads(
            self.sessions,
            self.spool,
            self.ingest.storage,
            largest=settings.largest_upload,
            quota=settings.provider_quota,
            follower=self.early,
            is_direct=settings.direct_uploads,
        )
        self.jobs.schedule("uploads.expire", EVERY_HOUR, self._expire_uploads)
        self.jobs.schedule("media.sweep", EVERY_NIGHT, self._sweep)

    async def _expire_uploads(self) -> None:
        await forget_expired(self.sessions, self.spool, self.uploads.hand_over)

    async def _sweep(self) -> None:
        storage = self.ingest.storage
        orphans = await find_orphans(self.sessions, storage, self.spool, LEFT_ALONE_AT_NIGHT)
        await remove(orphans, storage, self.spool)
        await remove_refused(self.sessions, storage)

    async def start(self, *, works: bool, receives: bool, executor_id: str = "embedded") -> None:
        """Begin: the hub first, so that nothing a job announces is missed.

        With `works`, do jobs; with `receives`, look after the uploads in this machine's spool.
        """
        for folder in (self.settings.data, self.spool.folder, self.ingest.work):
            folder.mkdir(parents=True, exist_ok=True)
        await self.hub.start()
        if receives:
            await self.uploads.hand_over.start()
        await self.jobs.launch(works=works, concurrency=self.settings.workers, executor_id=executor_id)

    async def close(self) -> None:
        """End, giving everything back."""
        await self.uploads.hand_over.close()
        await self.early.close()
        await self.jobs.close()
        await self.hub.close()
        await self.database.close()


def hub_for(database_url: str) -> Hub:
    """Return the hub of a database: within this process, or between processes."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return LocalHub()
    return PostgresHub(url.set(drivername="postgresql").render_as_string(hide_password=False))
