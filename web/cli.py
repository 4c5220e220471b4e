"""The command line: `observe …`."""

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import click
from aiohttp import web
from rich.console import Console

from infra.clock import SystemClock
from infra.session import Actor
from infra.settings import Settings, WeakSettings
from infra.telemetry import configure_logging
from media.storage import StorageAway
from web.deployment import Deployment

T = TypeVar("T")
console = Console()
data_option = click.option("--data", type=click.Path(path_type=Path), help="Folder of the embedded data.")


@click.group()
@click.version_option(package_name="observe")
def main() -> None:
    """Observe: assess teaching at a distance, and keep the judgement fair."""
    configure_logging()


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8080, show_default=True, type=int)
@click.option("--works/--no-works", default=True, help="Whether this process also does jobs.")
@data_option
def serve(host: str, port: int, works: bool, data: Path | None) -> None:
    """Serve pages and the API."""
    from web.app import build_app
    from web.doctor import database_problem
    from web.migrations import migrate_database

    settings = _settings(data, PUBLIC_URL=f"http://localhost:{port}")
    if not settings.is_production:
        migrate_database(settings)
    elif problem := _run(database_problem(settings)):
        raise click.ClickException(problem)
    try:
        app = build_app(settings, works=works)
    except StorageAway as away:
        raise click.ClickException(f"{away} Run `observe doctor`.") from None
    web.run_app(
        app,
        host=host,
        port=port,
        access_log=None,
        shutdown_timeout=5,
        print=lambda _: console.print(f"Serving on [bold]{settings.public_url}[/bold] (Ctrl+C stops)"),
    )


@main.command()
@click.option("--executor", default=lambda: f"worker-{os.getpid()}", help="This worker's own name.")
@data_option
def worker(executor: str, data: Path | None) -> None:
    """Do jobs: package films and the like."""

    async def work() -> None:
        deployment = Deployment(_settings(data), SystemClock())
        await deployment.start(works=True, receives=False, executor_id=executor)
        console.print("Working (Ctrl+C stops)")
        told_to_stop = asyncio.Event()
        # In order, so that another worker takes over at once what is left undone.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told_to_stop.set)
        try:
            await told_to_stop.wait()
        finally:
            await deployment.close()

    _run(work())


@main.command()
@data_option
def migrate(data: Path | None) -> None:
    """Bring the database to the present version."""
    from web.migrations import migrate_database

    migrate_database(_settings(data))
    console.print("The database is at the present version.")


@main.command()
@data_option
def doctor(data: Path | None) -> None:
    """Check that the service can run here, and say what to do where it cannot."""
    from web.doctor import examine

    findings = _run(examine(_settings(data)))
    for finding in findings:
        console.print(("[green]ok  [/green] " if finding.is_well else "[red]mend[/red] ") + finding.text)
    sys.exit(0 if all(finding.is_well for finding in findings) else 1)


@main.command()
@click.option("--reset", is_flag=True, help="Throw the sample provider away and build it anew.")
@click.option(
    "--film", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The film of its lessons."
)
@data_option
def demo(reset: bool, film: Path | None, data: Path | None) -> None:
    """Build a sample provider to look around in."""
    from web.demo import build_demo, sign_in_table

    if _run(build_demo(_settings(data), film, reset=reset)):
        console.print("The sample provider is ready.")
    console.print(sign_in_table())


@main.command()
@click.argument("code")
@click.argument("name")
@click.option("--administrator", required=True, help="The e-mail of its first administrator.")
@click.option("--administrator-name", required=True, help="The administrator's name.")
@click.option("--time-zone", default="Europe/London", show_default=True)
@data_option
def provider(
    code: str, name: str, administrator: str, administrator_name: str, time_zone: str, data: Path | None
) -> None:
    """Found a provider, with its first administrator and the shipped frameworks and rubrics."""
    from infra.errors import Conflict
    from web.founding import found

    try:
        password = _run(found(_settings(data), code, name, time_zone, administrator, administrator_name))
    except Conflict:
        raise click.ClickException(f"There is a provider with the code {code} already.") from None
    console.print(f"{name} is founded. {administrator} signs in with the password: {password}")


@main.group()
def journal() -> None:
    """The append-only record of who did and saw what."""


@journal.command("verify")
@data_option
def journal_verify(data: Path | None) -> None:
    """Check every provider's chain, byte for byte."""
    from web.verify import verify_journals

    verdicts = _run(verify_journals(_settings(data)))
    for verdict in verdicts:
        console.print(verdict.text, style="green" if verdict.is_whole else "red")
    sys.exit(0 if all(verdict.is_whole for verdict in verdicts) else 1)


@main.group()
def media() -> None:
    """Stored film."""


@media.command("sweep")
@click.option("--delete", "is_deleting", is_flag=True, help="Remove what is found.")
@click.option(
    "--all", "is_all", is_flag=True, help="Also what is younger than a day: only while nothing is received."
)
@data_option
def media_sweep(is_deleting: bool, is_all: bool, data: Path | None) -> None:
    """List what is stored and nothing names any more."""
    from web import media_commands

    media_commands.run(media_commands.sweep(_settings(data), is_deleting=is_deleting, is_all=is_all))


@media.command("retry")
@data_option
def media_retry(data: Path | None) -> None:
    """Begin again with films that could not be prepared for a reason of ours."""
    from web import media_commands

    media_commands.run(media_commands.retry_failed(_settings(data)))


@media.command("move")
@click.option("--to", "target", required=True, help="file:///folder or s3://bucket/prefix")
@click.option("--endpoint", help="Where the other store answers, if not at OBSERVE_S3_ENDPOINT.")
@data_option
def media_move(target: str, endpoint: str | None, data: Path | None) -> None:
    """Copy everything that is stored to another store, and check it there; can be begun again."""
    from web import media_commands

    media_commands.run(media_commands.move(_settings(data), target, endpoint))


@main.command()
@click.argument("email")
@click.option("--scope", "scopes", multiple=True, help="An action the token is limited to; may be repeated.")
@data_option
def token(email: str, scopes: tuple[str, ...], data: Path | None) -> None:
    """Print a bearer token with which a machine acts as the person with this e-mail."""
    from observe.access import ACCESS
    from web.auth.sign_in import SignInRefused, make_token

    if unknown := [scope for scope in scopes if scope not in ACCESS]:
        raise click.ClickException(
            f"There is no action called {', '.join(unknown)}. Known: {', '.join(ACCESS)}."
        )

    async def make() -> str:
        deployment = Deployment(_settings(data), SystemClock())
        try:
            async with deployment.sessions.open(Actor.system()) as session:
                return await make_token(session, email, list(scopes))
        finally:
            await deployment.database.close()

    try:
        click.echo(_run(make()))
    except SignInRefused:
        raise click.ClickException(f"Nobody with the e-mail {email} belongs to a provider here.") from None


def _settings(data: Path | None, **defaults: str) -> Settings:
    environ = {f"OBSERVE_{name}": value for name, value in defaults.items()} | dict(os.environ)
    try:
        return Settings.from_environment(environ, data=data)
    except WeakSettings as weak:
        raise click.ClickException("These settings need mending:\n  " + "\n  ".join(weak.problems)) from None


def _run(coroutine: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(coroutine)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
