"""A token server for an OCI registry, like that of GHCR: everyone may read, and `publisher` may also write.

    tokens.py PORT KEY.pem CERTIFICATE.pem
"""
import base64
import hashlib
import http.server
import json
import re
import subprocess
import sys
import time
import urllib.parse
import uuid

PORT, KEY, CERTIFICATE = int(sys.argv[1]), sys.argv[2], sys.argv[3]
CHAIN = ["".join(open(CERTIFICATE).read().strip().split("\n")[1:-1])]
USERS = {"publisher": ("s3cret", {"pull", "push"}), "bot": ("writer", {"pull", "push"}), "reader": ("pw", {"pull"})}


def numbers():
    """The modulus of the key, its private exponent, and their length in bytes."""
    text = subprocess.run(["openssl", "rsa", "-in", KEY, "-noout", "-text"], capture_output=True, text=True, check=True).stdout
    modulus, exponent = (int(re.sub(r"[\s:]", "", re.search(rf"{name}:\s((?:\s+[0-9a-f:]+\n)+)", text)[1]), 16) for name in ("modulus", "privateExponent"))
    return modulus, exponent, (modulus.bit_length() + 7) // 8


MODULUS, EXPONENT, SIZE = numbers()
# The prefix for SHA-256 in a signature (RFC 8017, section 9.2).
SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")


def signature(text):
    """RS256. Implemented here, because starting a program for each of a thousand tokens would dominate the run time."""
    told = SHA256 + hashlib.sha256(text).digest()
    padded = b"\0\1" + b"\xff" * (SIZE - len(told) - 3) + b"\0" + told
    return pow(int.from_bytes(padded, "big"), EXPONENT, MODULUS).to_bytes(SIZE, "big")


def encoded(value):
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def token(user, service, access):
    now = int(time.time())
    claims = {"iss": "test-issuer", "sub": user, "aud": service, "exp": now + 300, "nbf": now - 5, "iat": now, "jti": str(uuid.uuid4()), "access": access}
    text = encoded({"typ": "JWT", "alg": "RS256", "x5c": CHAIN}) + b"." + encoded(claims)
    return (text + b"." + encoded(signature(text))).decode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # a response is one packet

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


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128  # clients that do not fit retry only after a second


Server(("127.0.0.1", PORT), Handler).serve_forever()
