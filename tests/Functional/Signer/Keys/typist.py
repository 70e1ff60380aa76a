"""Runs a program on a terminal of its own and types what it asks for.

typist.py '[["prompt to wait for", "what to type"], ...]' PROGRAM ARGUMENT...
A third text of a step is a command of the shell, which has ended before anything is typed.
Prints as JSON the exit code (negative: by that signal), all that the terminal showed, and whether it echoes at the end.
"""
import fcntl, json, os, pty, select, signal, subprocess, sys, termios

signal.alarm(300)
steps, command = json.loads(sys.argv[1]), sys.argv[2:]
terminal, other = pty.openpty()
child = os.fork()
if child == 0:
    os.setsid()
    fcntl.ioctl(other, termios.TIOCSCTTY, 0)
    for stream in (0, 1, 2):
        os.dup2(other, stream)
    os.close(terminal)
    # Whoever started the tests in the background had these ignored, as no terminal does.
    for interrupt in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(interrupt, signal.SIG_DFL)
    os.execv(command[0], command)

shown, seen, status = b"", 0, None
while True:
    ready, _, _ = select.select([terminal], [], [], 0.1)
    if ready:
        shown += os.read(terminal, 4096)
    elif status is not None:
        break
    if steps and (at := shown.find(steps[0][0].encode(), seen)) >= 0:
        seen = at + len(steps[0][0])
        _, text, *commands = steps.pop(0)
        for command in commands:
            subprocess.run(command, shell=True, check=True, stdout=sys.stderr)
        os.write(terminal, text.encode())
    if status is None:
        ended, result = os.waitpid(child, os.WNOHANG)
        status = os.waitstatus_to_exitcode(result) if ended else None

print(json.dumps({"code": status, "shown": shown.decode(), "echo": bool(termios.tcgetattr(other)[3] & termios.ECHO)}))
