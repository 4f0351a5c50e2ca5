"""Sells tokens for an OCI registry, as GHCR does: everybody may read, who logs in as `publisher` may write.

    tokens.py PORT KEY.pem CERTIFICATE.pem
"""
import base64
import http.server
import json
import subprocess
import sys
import time
import urllib.parse
import uuid

PORT, KEY, CERTIFICATE = int(sys.argv[1]), sys.argv[2], sys.argv[3]
CHAIN = ["".join(open(CERTIFICATE).read().strip().split("\n")[1:-1])]
USERS = {"publisher": ("s3cret", {"pull", "push"}), "bot": ("writer", {"pull", "push"}), "reader": ("pw", {"pull"})}


def encoded(value):
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def token(user, service, access):
    now = int(time.time())
    claims = {"iss": "test-issuer", "sub": user, "aud": service, "exp": now + 300, "nbf": now - 5, "iat": now, "jti": str(uuid.uuid4()), "access": access}
    text = encoded({"typ": "JWT", "alg": "RS256", "x5c": CHAIN}) + b"." + encoded(claims)
    signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", KEY], input=text, capture_output=True, check=True).stdout
    return (text + b"." + encoded(signature)).decode()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query)
        user, rights = "", {"pull"}
        login = self.headers.get("Authorization", "")
        if login.startswith("Basic "):
            user, password = base64.b64decode(login[6:]).decode().split(":", 1)
            known, rights = USERS.get(user, (None, set()))
            if known != password:
                return self.send(401, {"errors": [{"code": "UNAUTHORIZED", "message": "wrong name or password"}]})
        access = []
        for scope in " ".join(query.get("scope", [])).split():
            kind, name, actions = scope.split(":", 2)
            access.append({"type": kind, "name": name, "actions": [action for action in actions.split(",") if action in rights]})
        bought = token(user, query["service"][0], access)
        self.send(200, {"token": bought, "access_token": bought, "expires_in": 300})

    def send(self, code, out):
        data = json.dumps(out).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
