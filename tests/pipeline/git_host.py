"""Serves repositories over HTTPS like GitHub: everyone may read, and writing requires a token with permission.

    git_host.py PORT FOLDER KEY.pem CERTIFICATE.pem
"""
import base64
import http.server
import os
import ssl
import subprocess
import sys
import urllib.parse

PORT, FOLDER, KEY, CERTIFICATE = int(sys.argv[1]), *sys.argv[2:]
# `pusher` may push, but not open pull requests.
WRITERS = {"writer", "pusher"}


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self):
        url = urllib.parse.urlsplit(self.path)
        body = self.body()
        owner, _, rest = url.path.lstrip("/").partition("/")
        name, _, service = rest.partition("/")
        writes = "git-receive-pack" in (service, urllib.parse.parse_qs(url.query).get("service", [""])[0])
        password = self.password()
        if writes and password not in WRITERS:
            return self.refuse(403 if password else 401)
        environment = {
            "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": FOLDER, "GIT_HTTP_EXPORT_ALL": "1", "GIT_CONFIG_NOSYSTEM": "1",
            "PATH_INFO": f"/{owner}/{name.removesuffix('.git')}.git/{service}", "QUERY_STRING": url.query, "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""), "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            **({"REMOTE_USER": "x-access-token"} if writes else {}),
        }
        out = subprocess.run(["git", "http-backend"], input=body, capture_output=True, env=environment).stdout
        head, _, content = out.partition(b"\r\n\r\n")
        lines = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.send_response(int(lines.pop("Status", "200").split(" ")[0]))
        for key, value in lines.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def password(self):
        login = self.headers.get("Authorization", "")
        return base64.b64decode(login[6:]).decode().partition(":")[2] if login.startswith("Basic ") else ""

    def refuse(self, code):
        self.send_response(code)
        if code == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="GitHub"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        pieces = []
        while size := int(self.rfile.readline(), 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERTIFICATE, KEY)
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
server.serve_forever()
