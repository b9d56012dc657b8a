"""Runs a command on a terminal of so many columns; writes what it printed, and its exit code, as JSON.

terminal.py COLUMNS WHEN KEYS COMMAND...    presses KEYS once the command has printed WHEN
terminal.py COLUMNS WHEN close COMMAND...   closes the terminal then
"""

import fcntl, json, os, pty, struct, sys, termios

columns, when, keys, command = int(sys.argv[1]), sys.argv[2].encode(), sys.argv[3].encode(), sys.argv[4:]
size = struct.pack("HHHH", 24, columns, 0, 0)
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, size)
    os.execvp(command[0], command)
printed, pressed = b"", keys == b""
while True:
    try:
        piece = os.read(terminal, 65536)
    except OSError:
        break
    if piece == b"":
        break
    printed += piece
    if not pressed and when in printed:
        pressed = True
        if keys == b"close":
            os.close(terminal)
            break
        os.write(terminal, keys)
_, status = os.waitpid(child, 0)
json.dump({"printed": printed.decode(errors="replace"), "code": os.waitstatus_to_exitcode(status)}, sys.stdout)
