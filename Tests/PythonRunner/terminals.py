"""Runs commands side by side, each on a terminal of its own or on pipes, and feeds all of them the same input.

Reads one JSON object from standard input:
  commands: [{arguments, columns (0: no terminal), splits (standard output is a pipe even so), environment}]
  input:    two texts in base64; the second is fed when the first command's terminal has shown `until`
  until:    a text; empty for at once
Prints a list: {status, shown (what the terminal got), output, errors (what pipes got)} for each command.
"""
import base64, fcntl, json, os, pty, selectors, struct, subprocess, sys, termios, time

request = json.load(sys.stdin)
first, rest = (base64.b64decode(text) for text in request["input"])
until = request["until"].encode()
selector = selectors.DefaultSelector()
runs = []
for command in request["commands"]:
    run = {"shown": b"", "output": b"", "errors": b""}
    master = slave = None
    if command["columns"]:
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, command["columns"], 0, 0))
    process = subprocess.Popen(
        command["arguments"], stdin=subprocess.PIPE, cwd=command["folder"],
        stdout=slave if slave is not None and not command["splits"] else subprocess.PIPE,
        stderr=slave if slave is not None else subprocess.PIPE,
        env={**os.environ, "SWIFT_BACKTRACE": "enable=no", "TERM": "xterm", **command["environment"]})
    if slave is not None:
        os.close(slave)
    for stream, key in [(master, "shown"), (process.stdout, "output"), (process.stderr, "errors")]:
        if stream is not None:
            selector.register(stream, selectors.EVENT_READ, (run, key))
    run["process"] = process
    runs.append(run)


def feed(data, ends):
    for run in runs:
        try:
            run["process"].stdin.write(data)
            run["process"].stdin.flush()
            if ends:
                run["process"].stdin.close()
        except BrokenPipeError:
            pass


feed(first, not until)
is_fed = not until
deadline = time.monotonic() + 100
while selector.get_map() and time.monotonic() < deadline:
    for key, _ in selector.select(1):
        run, name = key.data
        try:
            data = os.read(key.fd, 65536)
        except OSError:  # A terminal that nobody has open any more.
            data = b""
        run[name] += data
        if not data:
            selector.unregister(key.fileobj)
    if not is_fed and until in runs[0]["shown"]:
        feed(rest, True)
        is_fed = True
for run in runs:
    if selector.get_map():
        run["process"].kill()
    run["status"] = run.pop("process").wait()
    for name in ["shown", "output", "errors"]:
        run[name] = run[name].decode("utf-8", "replace")
json.dump(runs, sys.stdout)
