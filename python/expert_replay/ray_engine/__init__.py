"""Runs the jobs of a study as Ray tasks.

Ray schedules, retries and moves bytes; a task hands a job's number to `expert-replay study run --jobs -`, which its
worker keeps, so that start-up and digests of traces are paid once a worker.
"""
