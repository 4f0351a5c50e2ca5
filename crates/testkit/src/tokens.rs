//! A token server for a registry with `auth: token`: JWT, signed with RS256.

use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};

use crate::wire::Message;

/// Lifetime of a token in seconds.
const LIFETIME: u64 = 300;
/// Permissions by name and password.
const ACCOUNTS: [(&str, &[&str]); 2] = [
    ("alice:s3cret", &["pull", "push", "delete"]),
    ("bob:pw", &["pull"]),
];

/// Signs tokens. Alice may push; bob and everyone else may only pull.
struct Signer {
    key: RsaKeyPair,
    certificate: String,
}

/// Starts a server whose key and certificate are PEM files. Its threads end with the test's
/// process.
pub(crate) fn start(key: &Path, certificate: &Path) -> SocketAddr {
    let key = BASE64_STANDARD.decode(armoured(key)).unwrap();
    let signer = Signer {
        key: RsaKeyPair::from_pkcs8(&key).unwrap(),
        certificate: armoured(certificate),
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            signer.answer(&stream);
        }
    });
    address
}

/// The text between the dashed lines of a PEM file.
fn armoured(file: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().filter(|line| !line.starts_with('-')).collect()
}

impl Signer {
    fn answer(&self, mut stream: &TcpStream) {
        let Ok(Some(request)) = Message::request(&mut BufReader::new(stream)) else {
            return;
        };
        let (status, body) = match allowed(&request) {
            Some((user, allowed)) => {
                let token = self.token(&request.word(1), &user, allowed);
                let body = json!({ "token": token, "access_token": token, "expires_in": LIFETIME });
                (200, body.to_string())
            }
            None => (401, "{}".to_owned()),
        };
        let head = format!(
            "HTTP/1.1 {status} Status\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        let _ = stream.write_all((head + &body).as_bytes());
    }

    fn token(&self, target: &str, user: &str, allowed: &[&str]) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let now = now.as_secs();
        let access: Vec<Value> = parameters(target, "scope")
            .iter()
            .flat_map(|scopes| scopes.split(' '))
            .filter_map(|scope| access(scope, allowed))
            .collect();
        let header = json!({ "typ": "JWT", "alg": "RS256", "x5c": [self.certificate] });
        let claims = json!({
            "iss": "test-issuer", "sub": user, "aud": parameters(target, "service").first(),
            "exp": now + LIFETIME, "nbf": now - 5, "iat": now, "jti": format!("{now}"),
            "access": access,
        });
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let signed = format!(
            "{}.{}",
            encode(header.to_string().as_bytes()),
            encode(claims.to_string().as_bytes())
        );
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .unwrap();
        format!("{signed}.{}", encode(&signature))
    }
}

/// The user of a request and their permissions; `None` if the password is wrong.
fn allowed(request: &Message) -> Option<(String, &'static [&'static str])> {
    let Some(login) = request.header("authorization") else {
        return Some((String::new(), &["pull"]));
    };
    let encoded = login.strip_prefix("Basic ")?;
    let account = String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok()?;
    let (known, actions) = ACCOUNTS.iter().find(|(known, _)| *known == account)?;
    Some((known.split(':').next()?.to_owned(), actions))
}

/// The part of `repository:NAME:ACTIONS` that is allowed.
fn access(scope: &str, allowed: &[&str]) -> Option<Value> {
    let (kind, rest) = scope.split_once(':')?;
    let (name, actions) = rest.rsplit_once(':')?;
    let granted = |action: &&str| allowed.contains(action);
    let actions: Vec<&str> = actions.split(',').filter(granted).collect();
    Some(json!({ "type": kind, "name": name, "actions": actions }))
}

/// The values of a query parameter.
fn parameters(target: &str, name: &str) -> Vec<String> {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| decoded(value))
        .collect()
}

fn decoded(value: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = value.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        rest = more;
        match first {
            b'+' => bytes.push(b' '),
            b'%' if more.len() >= 2 => {
                bytes.extend(hex::decode(&more[..2]).unwrap_or_default());
                rest = &more[2..];
            }
            other => bytes.push(*other),
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}
