"""A Label Studio server of its own environment, on loopback, with SQLite in a data folder.

The server is a large Django application that pins its libraries; it is installed beside (a virtual environment
in the user's cache folder) and never imported. Accounts and their secrets are kept in `accounts.json` of the
data folder, readable by its owner alone.
"""

from __future__ import annotations

import contextlib
import http.cookiejar
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from etabli import jsonl
from etabli.errors import UsageError

VERSION = "1.23.2"
PROGRAM = "ETABLI_LABEL_STUDIO"  # names another `label-studio` program
LEAD = "lead@etabli.localhost"
WAIT = 300  # seconds until a fresh database must be ready (65 to 90 were seen)
STOP = 20  # seconds that a server has to stop
_QUIET = {
    "COLLECT_ANALYTICS": "false",
    "SENTRY_DSN": "",
    "FRONTEND_SENTRY_DSN": "",
    "LATEST_VERSION_CHECK": "false",
    "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
}


@dataclass(frozen=True, slots=True)
class Account:
    """Who may log in. Only the lead has a token."""

    email: str
    password: str
    token: str = ""


def environment() -> Path:
    """The virtual environment of the server."""
    return Path(platformdirs.user_cache_dir("etabli")) / f"label-studio-{VERSION}"


def program() -> Path | None:
    """The installed `label-studio`, or None."""
    named = os.environ.get(PROGRAM)
    if named:
        if not Path(named).is_file():
            raise UsageError(f"{PROGRAM}={named}: no such program")
        return Path(named)
    ready = environment() / "ready"
    return environment() / "bin" / "label-studio" if ready.is_file() else None


def install() -> Path:
    """Install the server into its environment (about 1 GB). Raises `UsageError` if pip fails."""
    folder = environment()
    venv.create(folder, with_pip=True, clear=True)
    call = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", f"label-studio=={VERSION}"]
    done = subprocess.run(call, capture_output=True, text=True, check=False)  # noqa: S603 - fixed arguments
    if done.returncode:
        last = (done.stderr.strip().split("\n") or [""])[-1]
        raise UsageError(f"label-studio {VERSION} could not be installed: {last}")
    (folder / "ready").write_text(VERSION + "\n", encoding="utf-8")
    return folder / "bin" / "label-studio"


def free(port: int) -> bool:
    """Whether nothing listens on the port (the server would silently take the next one)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def lead(data: Path) -> Account:
    """The lead's account of a data folder, made at first."""
    return _account(data, LEAD, token=secrets.token_hex(20))


def _read(data: Path) -> dict[str, dict[str, str]]:
    path = data / "accounts.json"
    held: dict[str, dict[str, str]] = json.loads(jsonl.read_text(path)) if path.is_file() else {}
    return held


def _account(data: Path, email: str, token: str = "") -> Account:
    held = _read(data)
    if email not in held:
        held[email] = {"password": secrets.token_urlsafe(12), "token": token}
        with jsonl.atomic(data / "accounts.json") as temporary:
            temporary.touch(mode=0o600)
            temporary.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")
    return Account(email, **held[email])


class Running:
    """A server process. `url` is its address; `stop` ends it and its children."""

    def __init__(self, process: subprocess.Popen[bytes], url: str, log: Path) -> None:
        self.process = process
        self.url = url
        self.log = log

    def wait(self) -> int:
        return self.process.wait()

    def stop(self) -> None:
        self._signal(signal.SIGTERM)
        try:
            self.process.wait(STOP)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self._signal(signal.SIGKILL)
        self.process.wait()

    def _signal(self, which: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, which)


def start(data: Path, port: int, label_studio: Path) -> Running:
    """Start a server and wait until it is healthy. Raises `UsageError` for a busy port or a failed start."""
    if not free(port):
        raise UsageError(f"port {port} is taken on this machine; choose another with --port")
    data.mkdir(parents=True, exist_ok=True)
    owner = lead(data)
    log = data / "server.log"
    call = [str(label_studio), "start", "-b", "--internal-host", "127.0.0.1", "-p", str(port), "--data-dir", str(data)]
    variables = {
        **os.environ,
        **_QUIET,
        "LABEL_STUDIO_USERNAME": owner.email,  # by environment: a command line is read by everyone on the machine
        "LABEL_STUDIO_PASSWORD": owner.password,
        "LABEL_STUDIO_USER_TOKEN": owner.token,
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
    }
    with log.open("ab") as out:
        process = subprocess.Popen(  # noqa: S603 - our own arguments
            call, env=variables, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True
        )
    server = Running(process, f"http://127.0.0.1:{port}", log)
    try:
        _until_healthy(server)
    except BaseException:
        server.kill()
        raise
    return server


def _until_healthy(server: Running) -> None:
    begun = time.monotonic()
    while time.monotonic() - begun < WAIT:
        if server.process.poll() is not None:
            raise UsageError(f"the server stopped while starting; its log is {server.log}")
        try:
            with urllib.request.urlopen(f"{server.url}/health/", timeout=5) as answer:  # noqa: S310 - loopback
                if json.loads(answer.read()).get("status") == "UP":
                    return
        except (OSError, ValueError):
            pass
        time.sleep(0.5)
    raise UsageError(f"the server was not ready after {WAIT} s; its log is {server.log}")


@contextmanager
def running(data: Path, port: int, label_studio: Path) -> Iterator[Running]:
    """A server for the time of the block; SIGTERM ends the block as Ctrl-C does."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job is born deaf to it
    server = start(data, port, label_studio)
    try:
        yield server
    finally:
        server.stop()


def enrol(server_url: str, data: Path, emails: Sequence[str]) -> list[Account]:
    """Accounts for annotators: those that `accounts.json` does not know yet are signed up by invite link."""
    known = _read(data)
    out = []
    for email in emails:
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
            raise UsageError(f"--annotator {email}: an e-mail address is wanted (it need not receive mail)")
        if email not in known:
            held = Account(email, secrets.token_urlsafe(12))
            _sign_up(server_url, lead(data).token, held)
            rest = {**_read(data), email: {"password": held.password, "token": ""}}
            with jsonl.atomic(data / "accounts.json") as temporary:
                temporary.touch(mode=0o600)
                temporary.write_text(json.dumps(rest, indent=1) + "\n", encoding="utf-8")
        out.append(_account(data, email))
    return out


def _sign_up(url: str, token: str, account: Account) -> None:
    asked = urllib.request.Request(f"{url}/api/invite", headers={"Authorization": f"Token {token}"})  # noqa: S310
    jar = http.cookiejar.CookieJar()
    opener: Any = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310 - loopback
            link = urllib.parse.urljoin(url, json.loads(answer.read())["invite_url"])
        opener.open(link, timeout=60).read()
        fields = {
            "email": account.email,
            "password": account.password,
            "csrfmiddlewaretoken": next((c.value or "" for c in jar if c.name == "csrftoken"), ""),
        }
        with opener.open(link, data=urllib.parse.urlencode(fields).encode(), timeout=60) as answer:
            if "/user/signup" in answer.url:
                raise UsageError(f"{account.email}: the server did not take the account (is it there already?)")
    except (urllib.error.URLError, KeyError, ValueError) as error:
        raise UsageError(f"{account.email}: sign-up failed ({error})") from None


if __name__ == "__main__":  # `make test-annotate` installs the server before the clock of the tests runs
    print(program() or install())
