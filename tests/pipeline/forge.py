"""Simulates GitHub: pull requests, dispatches, and releases to download.

    forge.py PORT FOLDER GIT     logs to FOLDER/calls.ndjson and serves FOLDER/releases

It is the HTTP proxy of the workflows: TLS connections to github.localhost are git's and are forwarded to the port GIT.

It is as strict as GitHub where that matters here: 401 without a token, 403 for a token without permission, 422 for a second open pull
request of a branch; a list by head contains only pull requests of that owner. The token `writer` may do everything, others may read.
"""
import http.server
import json
import pathlib
import re
import socket
import subprocess
import sys
import threading
import urllib.parse

FOLDER = pathlib.Path(sys.argv[2])
LOCK = threading.Lock()
PULLS, DISPATCHES, LIMITED, WORKFLOWS, STARTED = [], [], [], [], []


def pull(repository, title, body, head, base):
    owner, _, branch = head.rpartition(":")
    mine = owner in ("", repository.split("/")[0])
    number = len(PULLS) + 1
    return {
        "number": number, "state": "open", "title": title, "body": body, "draft": False, "merged": False,
        "html_url": f"https://github.localhost/{repository}/pull/{number}",
        "head": {"ref": branch, "repo": {"full_name": repository if mine else f"{owner}/fork"}}, "base": {"ref": base},
        "repository": repository, "owner": owner or repository.split("/")[0],
    }


def tip(one):
    """The current commit of a branch; a closed pull request keeps its last one."""
    git = ["git", "--git-dir", FOLDER.parent / "remotes" / f"{one['head']['repo']['full_name']}.git", "rev-parse", "-q", "--verify", f"refs/heads/{one['head']['ref']}"]
    return subprocess.run(git, capture_output=True, text=True).stdout.strip()


def close(one, **words):
    one["head"]["sha"] = tip(one)
    one.update(state="closed", **words)


def invalid(message):
    return 422, {"message": "Validation Failed", "errors": [{"message": message}]}


def pulls(method, repository, query, body):
    if method == "GET":
        found = [one for one in PULLS if one["repository"] == repository]
        if query.get("state", "open") != "all":
            found = [one for one in found if one["state"] == query.get("state", "open")]
        if "head" in query:
            owner, _, branch = query["head"].rpartition(":")
            found = [one for one in found if one["head"]["ref"] == branch and owner in ("", one["owner"])]
        for one in found:
            if one["state"] == "open":
                one["head"]["sha"] = tip(one)
        return 200, found[::-1]
    if not all(isinstance(body.get(key), str) and body[key] for key in ("title", "head", "base")):
        return invalid("missing_field")
    if len(body["title"]) > 256 or len(body.get("body") or "") > 65536:
        return invalid("too long")
    new = pull(repository, body["title"], body.get("body"), body["head"], body["base"])
    if any(one["state"] == "open" and (one["owner"], one["head"]["ref"], one["repository"]) == (new["owner"], new["head"]["ref"], repository) for one in PULLS):
        return invalid(f"A pull request already exists for {body['head']}.")
    PULLS.append(new)
    return 201, new


def route(method, path, query, body, token):
    found = re.fullmatch(r"/repos/([^/]+/[^/]+)(/.*)", path)
    if not found:
        return 404, {"message": "Not Found"}
    repository, rest = found.groups()
    if LIMITED:
        return 403, {"message": "API rate limit exceeded for installation"}
    if method != "GET" and token != "writer":
        return 403, {"message": "Resource not accessible by integration"}
    if rest == "/pulls" and method in ("GET", "POST"):
        return pulls(method, repository, query, body or {})
    one = re.fullmatch(r"/pulls/(\d+)", rest)
    if one and int(one[1]) <= len(PULLS):
        asked = PULLS[int(one[1]) - 1]
        if method == "PATCH":
            asked.update({key: value for key, value in body.items() if key in ("title", "body")})
            if body.get("state") == "closed":
                close(asked)
        return 200, asked
    workflow = re.fullmatch(r"/actions/workflows/([\w.-]+)(/dispatches)?", rest)
    if workflow and workflow[2] and method == "POST":
        STARTED.append({"workflow": WORKFLOWS[int(workflow[1])], "inputs": body.get("inputs") or {}})
        return 204, None
    if workflow:
        name = workflow[1].removesuffix(".yml")
        WORKFLOWS.append(name)
        return 200, {"id": len(WORKFLOWS) - 1, "node_id": "W", "name": name, "path": f".github/workflows/{workflow[1]}", "state": "active"}
    if rest == "/dispatches" and method == "POST":
        if not isinstance(body.get("event_type"), str) or len(body.get("client_payload") or {}) > 10:
            return invalid("event_type")
        DISPATCHES.append({"repository": repository, "action": body["event_type"], "client_payload": body.get("client_payload")})
        return 204, None
    return 404, {"message": "Not Found"}


def control(path, body):
    """Requests of the tests themselves: people who merge and open pull requests, and faults."""
    if path == "/_state":
        return 200, {"pulls": PULLS, "dispatches": DISPATCHES}
    if path == "/_started":
        started, STARTED[:] = list(STARTED), []
        return 200, started
    if path == "/_merged":
        close(PULLS[body["number"] - 1], merged=True)
    elif path == "/_closed":
        close(PULLS[body["number"] - 1])
    elif path == "/_opened":
        PULLS.append(pull(body["repository"], body["title"], body["body"], body["head"], body["base"]))
    elif path == "/_limited":
        LIMITED[:] = [1] if body["limited"] else []
    else:
        return 404, None
    return 200, PULLS[-1] if PULLS else None


def relay(source, target):
    try:
        while data := source.recv(1 << 16):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        url = urllib.parse.urlsplit(self.path)  # absolute if this is the proxy of gh
        text = self.body()
        if url.path.startswith("/releases/"):
            file = FOLDER / url.path[1:]
            inside = ".." not in url.path and file.is_file()
            return self.send(200 if inside else 404, file.read_bytes() if inside else b"", "application/octet-stream")
        body = json.loads(text or b"null")
        with LOCK:
            if url.path.startswith("/_"):
                code, out = control(url.path, body)
            else:
                token = self.headers.get("Authorization", "").rpartition(" ")[2]
                query = dict(urllib.parse.parse_qsl(url.query))
                path = re.sub(r"^/api/v3", "", url.path)
                code, out = route(self.command, path, query, body, token) if token else (401, {"message": "Requires authentication"})
                call = {"method": self.command, "path": path, "query": url.query, "body": body, "status": code, "token": token}
                with (FOLDER / "calls.ndjson").open("a") as log:
                    log.write(json.dumps(call) + "\n")
            data = b"" if out is None else json.dumps(out).encode()
        self.send(code, data, "application/json; charset=utf-8")

    def body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        text = b""
        while size := int(self.rfile.readline(), 16):
            text += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return text

    def send(self, code, data, kind):
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_CONNECT(self):
        if self.path != "github.localhost:443":
            return self.send(403, b"there is no network", "text/plain")
        with socket.create_connection(("127.0.0.1", int(sys.argv[3]))) as far:
            self.send_response(200)
            self.end_headers()
            self.wfile.flush()
            back = threading.Thread(target=relay, args=(far, self.connection))
            back.start()
            relay(self.connection, far)
            back.join()
        self.close_connection = True

    do_GET = do_POST = do_PATCH = answer

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
