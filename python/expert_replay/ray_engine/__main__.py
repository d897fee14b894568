"""`python3 -m expert_replay.ray_engine MANIFEST`."""

from expert_replay.complaint import fail
from expert_replay.ray_engine.arguments import parse


def main() -> None:
    """Run it; says so in one line where Ray is missing."""
    arguments = parse()
    try:
        # Help and mistakes on the command line need no Ray.
        from expert_replay.ray_engine.engine import run
    except ModuleNotFoundError as error:
        fail(f"{error.name} is not installed: pip install 'ray[default]'")
    run(arguments)


if __name__ == "__main__":
    main()
