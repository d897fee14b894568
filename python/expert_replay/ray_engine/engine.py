"""A whole submission: check, connect, dispatch, collect."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import tempfile
import uuid
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ray

from expert_replay import binary, results
from expert_replay.complaint import fail
from expert_replay.manifest import Manifest, ManifestError
from expert_replay.ray_engine import cargo
from expert_replay.ray_engine.dispatch import Dispatch, Tally
from expert_replay.ray_engine.progress import Progress
from expert_replay.ray_engine.replayer import Site

if TYPE_CHECKING:
    from typing import NoReturn

    from expert_replay.manifest import Job
    from expert_replay.ray_engine.arguments import Arguments

PACKAGE = Path(__file__).parent.parent


def run(arguments: Arguments) -> None:
    """Run the jobs that have no outcome; ends with one line and a status if some have none then."""
    _check(arguments)
    with ExitStack() as stack:
        try:
            manifest = Manifest.read(arguments.manifest)
            finished = results.digests(arguments.results)
            missing = [job for job in manifest.jobs() if job.digest not in finished]
            environment, site = _means(arguments, manifest, stack)
        except (ManifestError, cargo.CargoError) as error:
            fail(str(error), os.EX_DATAERR)
        if missing:
            _connect(arguments, environment)
            stack.callback(ray.shutdown)
            tally = _dispatch(arguments, site, missing)
            _check_outcomes(arguments, missing, tally)
        else:
            tally = Tally()
    collect = [*_command(arguments, "collect"), "-o", str(arguments.store)]
    collected = subprocess.run(collect, check=False)
    if tally.left:
        status = os.EX_CANTCREAT if tally.statuses == {os.EX_CANTCREAT} else os.EX_NOINPUT
        fail(f"{tally.left} of {len(missing)} jobs without a result: {tally.why}", status)
    sys.exit(collected.returncode)


def _command(arguments: Arguments, verb: str) -> list[str]:
    return [arguments.binary, "study", verb, str(arguments.manifest), "--results", str(arguments.results)]


def _check(arguments: Arguments) -> None:
    """Have the command look at the manifest, its own version and the folder of results, which it makes."""
    command = [*_command(arguments, "run"), "--jobs", "-"]
    try:
        checked = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    except OSError as error:
        fail(f"{arguments.binary}: {error.strerror}")
    if checked.returncode:
        fail(checked.stderr.strip().removeprefix("expert-replay: "), checked.returncode)


def _means(arguments: Arguments, manifest: Manifest, stack: ExitStack) -> tuple[dict[str, Any], Site]:
    """Ray's runtime environment of workers, and what they find where."""
    # Workers have the command, or are shipped it.
    environment: dict[str, Any] = {"py_modules": [str(PACKAGE)], "excludes": [f"{Path(binary.PLACE).parts[0]}/"]}
    results_folder = str(arguments.results.absolute())
    if arguments.ship or arguments.gather:
        package = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="expert-replay-")))
        # Makes it another package, and its folder on workers another one, than that of any other submission.
        (package / "submission").write_text(str(uuid.uuid4()))
        environment["working_dir"] = str(package)
    if arguments.gather:
        # In the package's folder, which workers of a machine share and Ray removes.
        results_folder = "results"
    if arguments.ship:
        cargo.pack(package, manifest, Path(arguments.binary))
        return environment, Site("expert-replay", "manifest.jsonl", ".", "home", results_folder, arguments.gather)
    command = str(arguments.worker_binary or Path(arguments.binary).absolute())
    home = os.environ.get("EXPERT_REPLAY_HOME")
    home = str(Path(home).absolute()) if home else None
    manifest_path = str(arguments.manifest.absolute())
    return environment, Site(command, manifest_path, str(Path.cwd()), home, results_folder, arguments.gather)


def _check_outcomes(arguments: Arguments, jobs: list[Job], tally: Tally) -> None:
    """See whether what workers say they wrote is here."""
    finished = results.digests(arguments.results)
    absent = sum(
        job.digest not in finished and not results.outcome_file(arguments.results, job.digest).exists() for job in jobs
    )
    if absent > tally.left:
        tally.left = absent
        tally.why = f"workers do not share {arguments.results} with this machine; give --gather"


def _connect(arguments: Arguments, environment: dict[str, Any]) -> None:
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    common: dict[str, Any] = {
        "runtime_env": environment,
        "log_to_driver": False,
        "logging_level": logging.ERROR,
        "configure_logging": True,
    }
    try:
        if arguments.address:
            ray.init(address=arguments.address, **common)
        else:
            # Ray would tell its makers of a cluster that starts; whoever wants that sets it.
            os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
            ray.init(address="local", num_cpus=arguments.workers, include_dashboard=False, **common)
    except (ConnectionError, ValueError, RuntimeError) as error:
        fail(f"Ray at {arguments.address or 'local'}: {str(error).strip().splitlines()[0]}")


def _dispatch(arguments: Arguments, site: Site, missing: list[Job]) -> Tally:
    def keep(job: Job, outcome: bytes) -> None:
        results.store(arguments.results, job.digest, outcome)

    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    progress = Progress(len(missing))
    dispatch = Dispatch(site, arguments.workers, arguments.retries, keep)
    try:
        return dispatch.run(iter(missing), progress.show)
    except KeyboardInterrupt:
        dispatch.cancel()
        progress.clear()
        fail(f"cancelled with {dispatch.tally.done} of {len(missing)} jobs done; submit again to go on", 130)
    except OSError as error:
        dispatch.cancel()
        fail(f"{error.filename or arguments.results}: cannot write: {error.strerror}", os.EX_CANTCREAT)
    except ray.exceptions.RuntimeEnvSetupError as error:
        fail(f"Ray cannot bring workers what they need: {' '.join(str(error).split())}")
    finally:
        progress.clear()
