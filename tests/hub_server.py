"""A stand-in for the Hub on loopback: the calls that a dataset upload makes, kept as files in a folder.

Answers follow the Hub's HTTP interface as `huggingface_hub` uses it (hub-docs: commit, preupload, Git LFS batch).
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

TOKEN = "hf_loopback"  # noqa: S105


class Hub:
    """A server that lives as long as its `with` block; `folder` is the dataset, `calls` what was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.objects: dict[str, bytes] = {}
        self.tags: dict[str, str] = {}
        self.calls: list[tuple[str, str]] = []
        self.commits: list[dict[str, object]] = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args):
                pass

            def answer(self, status, body, raw=False):
                content = body if raw else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def handle_call(self):
                size = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(size)
                path = urlsplit(self.path).path
                hub.calls.append((self.command, path))
                if "/objects/" not in path and self.headers.get("Authorization") != f"Bearer {TOKEN}":
                    return self.answer(401, {"error": "Invalid username or password."})
                return self.answer(*hub.reply(self.command, path, body))

            do_GET = do_POST = do_PUT = handle_call  # noqa: N815

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def files(self):
        """Contents by path."""
        return {p.relative_to(self.folder).as_posix(): p.read_bytes() for p in self.folder.rglob("*") if p.is_file()}

    def reply(self, method, path, body):
        if path == "/api/repos/create":
            name = json.loads(body)["name"]
            return 200, {"url": f"{self.address}/datasets/me/{name}", "name": f"me/{name}"}
        if path == "/api/validate-yaml":
            return 200, {"errors": [], "warnings": []}
        if "/tree/" in path:
            held = self.files()
            return 200, [{"type": "file", "oid": "0" * 40, "size": len(c), "path": name} for name, c in held.items()]
        if "/preupload/" in path:
            large = [f["path"] for f in json.loads(body)["files"] if f["path"].endswith(".parquet")]
            files = [
                {"path": f["path"], "uploadMode": "lfs" if f["path"] in large else "regular", "shouldIgnore": False}
                for f in json.loads(body)["files"]
            ]
            return 200, {"files": files}
        if path.endswith("/info/lfs/objects/batch"):
            objects = [
                {**o, "actions": {"upload": {"href": f"{self.address}/objects/{o['oid']}"}}}
                for o in json.loads(body)["objects"]
            ]
            return 200, {"transfer": "basic", "objects": objects}
        if method == "PUT" and path.startswith("/objects/"):
            self.objects[path.rsplit("/", 1)[-1]] = body
            return 200, {}
        if "/commit/" in path:
            return self.commit([json.loads(line) for line in body.split(b"\n") if line])
        if "/tag/" in path:
            self.tags[json.loads(body)["tag"]] = path.rsplit("/", 1)[-1]
            return 200, {}
        return 404, {"error": f"{method} {path}"}

    def commit(self, operations):
        for operation in operations:
            value = operation["value"]
            target = self.folder / value.get("path", "")
            if operation["key"] == "header":
                self.commits.append(value)
                continue
            if operation["key"] == "deletedFile":
                target.unlink()
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            if operation["key"] == "lfsFile":
                content = self.objects[value["oid"]]
                assert hashlib.sha256(content).hexdigest() == value["oid"]
                target.write_bytes(content)
            else:
                target.write_bytes(base64.b64decode(value["content"]))
        oid = f"{len(self.commits):040x}"
        return 200, {"success": True, "commitUrl": f"{self.address}/datasets/me/etabli/commit/{oid}", "commitOid": oid}
