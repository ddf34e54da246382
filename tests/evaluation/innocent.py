# ruff: noqa: E501 - examples are easier to compare on one line each
"""Examples that hold no credential and look as if they did, each with its kind, from a seed."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Iterator
from textwrap import fill as wrapped

import writings
from tokens import filled, key_block, text, uuid

Maker = Callable[[random.Random], str]


def _one(rng: random.Random, *ways: str) -> str:
    return filled(rng, rng.choice(ways))


def _sample(rng: random.Random, text_: str) -> str:
    return rng.choice([line for line in text_.strip().splitlines() if line])


_REFERENCES = """
password = os.environ["DB_PASSWORD"]
const token = process.env.API_TOKEN;
api_key = config.get("api_key")
password: ${DB_PASSWORD}
password: "{{ vault_db_password }}"
secret: !Ref DbSecret
api_key = var.api_key
token = request.headers.get('Authorization')
PASSWORD=$(cat /run/secrets/db)
password = getpass.getpass("Password: ")
const apiKey = await getSecret("prod/api-key");
self.password = password
secretKey: secretKeyRef
  valueFrom: {secretKeyRef: {name: db, key: password}}
password = "%(password)s"
client_secret: <your client secret>
token: {{ .Values.token }}
access_token = session["access_token"]
if user.password == password:
api_key=$API_KEY
-H "Authorization: Bearer $TOKEN"
-H "Authorization: Bearer ${GITHUB_TOKEN}"
Authorization: Bearer <token>
curl -u "$USER:$PASS" https://acme.io
postgres://user:${PGPASS}@host/db
postgres://USER:PASSWORD@HOST:PORT/DB
mysql -u root -p$MYSQL_ROOT_PASSWORD
password = data.aws_secretsmanager_secret_version.db.secret_string
secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf"
token = auth.create_token(user_id=user.id, expires_in=3600)
const password = document.getElementById("password").value;
private String password;
String password = props.getProperty("db.password");
password = input("Enter password: ")
def check_password(password: str, hashed: str) -> bool:
@Value("${app.api-key}") private String apiKey;
password => $request->input('password'),
api_key: ENV.fetch("ACME_API_KEY")
token = jwt.encode(payload, settings.SECRET_KEY, algorithm="HS256")
secret = secrets.token_urlsafe(32)
apiKey: import.meta.env.VITE_API_KEY,
access_key = data["access_key"]
password: !vault_password
SECRET_KEY = env("DJANGO_SECRET_KEY")
password := os.Getenv("DB_PASSWORD")
token := r.Header.Get("X-Auth-Token")
token = tokenizer.convert_ids_to_tokens(ids)
sessionToken: session.accessToken ?? undefined,
const { accessToken, refreshToken } = useAuth();
private_key = crypto.load_privatekey(crypto.FILETYPE_PEM, pem)
password = hashlib.sha256(password.encode()).hexdigest()
token = match.group("token")
secretName: my-app-tls
existingSecret: postgres-credentials
keystore.password=@keystore.password@
apiKeyHeader = "X-API-Key"
"""
_WORDS = """
"password": "Passwort"
"password": "Mot de passe"
"forgot_password": "Forgot your password?"
"confirmPassword": "Passwörter stimmen nicht überein"
"password_label": "Contraseña"
label.password=Password must be at least 8 characters
"token_expired": "Your session has expired. Please log in again."
"invalid_api_key": "The API key you entered is invalid"
"secret": "Geheimnis"
"auth.password": "Das eingegebene Passwort ist falsch."
passwordPlaceholder: "Enter your password"
"enterSecret": "Bitte Geheimwort eingeben"
msgid "Password" msgstr "Adgangskode"
"password": "パスワード"
"login.password.label": "Heslo"
<string name="password">Wachtwoord</string>
<label for="password">Password</label>
<input type="password" name="password" autocomplete="current-password">
password: string;
password: { type: String, required: true, minlength: 8 },
"password": {"type": "string", "format": "password"}
password VARCHAR(255) NOT NULL
token: Optional[str] = None
secret: bool = False
api_key: str | None = None
max_tokens: 4096
"total_tokens": 18342
"next_token": "eyJvZmZzZXQiOjEwMH0"
eos_token = "<|endoftext|>"
tokenizer: "bert-base-uncased"
"tokenizer_class": "PreTrainedTokenizerFast"
primary_key = "customer_id"
foreign_key: :account_id
sort_key = "created_at"
public_key = "ssh-ed25519"
keyboard_shortcut = "ctrl+shift+p"
monkey = "banana-republic-2024"
"hotkey": "ctrl+alt+delete"
The secret of good bread is a slow rise.
She forgot her password again and called the help desk.
Please reset your password at https://acme.io/reset within 24 hours.
The token bucket algorithm refills at a fixed rate.
Our API key policy changed on Monday; see the wiki.
your password is case sensitive
The password is required and must be strong.
Keep your secret key safe and never share it.
test_password_reset PASSED
tests/test_auth.py::test_token_refresh PASSED [ 42%]
--- PASS: TestValidatePassword (0.03s)
ok 14 - rejects wrong password
FAILED tests/test_login.py::test_bad_password - AssertionError: 401 != 200
PASS: gtk+/a11y-widgets
auth: none
authentication = "kerberos"
auth_method: oauth2
credentials: include
passphrase: ""
password: ********
password=xxxxxxxx
api_key: "****************a1b2"
token: [REDACTED]
author: "Jane Fonda-Smith"
secretary: "Miss Moneypenny"
compass_heading = 271.25
passenger_id: 10293841
bypass = "true"
password_hash_algorithm: argon2id
secret_manager = "aws-secretsmanager"
token_url: https://login.microsoftonline.com/common/oauth2/v2.0/token
"token_type": "Bearer"
"token_endpoint": "https://auth.acme.io/oauth/token"
password_file: /run/secrets/db_password
ssh_key_path = "~/.ssh/id_ed25519"
PWD=/home/ana/projects/shop
credential_helper = osxkeychain
"""
_MODELS = """
meta-llama/Llama-3.1-70B-Instruct
gpt-4o-mini-2024-07-18
claude-3-5-sonnet-20241022
mistralai/Mixtral-8x7B-Instruct-v0.1
sentence-transformers/all-MiniLM-L6-v2
text-embedding-3-large
stabilityai/stable-diffusion-xl-base-1.0
us.anthropic.claude-sonnet-4-20250514-v1:0
projects/acme-prod/locations/us-central1/endpoints/4821937465012837465
"""
_PLACEHOLDERS = """
OPENAI_API_KEY=sk-...
GITHUB_TOKEN=ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
api_key = "YOUR_API_KEY"
token: <YOUR_TOKEN_HERE>
password = "changeme"
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
secret: "REPLACE_ME"
STRIPE_KEY=sk_live_XXXXXXXXXXXXXXXXXXXXXXXX
client_secret = "insert-your-client-secret"
postgres://user:password@localhost/db
password: "example"
slack_token = "xoxb-your-token-here"
"""


def _lock(rng: random.Random) -> str:
    digest = base64.b64encode(rng.randbytes(64)).decode()
    return rng.choice((
        f'      "integrity": "sha512-{digest}",',
        f'  resolved "https://registry.yarnpkg.com/lodash/-/lodash-4.17.21.tgz#{text(rng, "hex", 40)}"\n  integrity sha512-{digest}',
        f'    {{file = "requests-2.31.0-py3-none-any.whl", hash = "sha256:{text(rng, "hex", 64)}"}},',
        f"    --hash=sha256:{text(rng, 'hex', 64)}",
        f'checksum = "{text(rng, "hex", 64)}"',
        f"github.com/pkg/errors v0.9.1 h1:{base64.b64encode(rng.randbytes(32)).decode()}",
        f"    sha256: {text(rng, 'hex', 64)}",
        f'  "content-hash": "{text(rng, "hex", 32)}",',
    ))  # fmt: skip


def _public(rng: random.Random) -> str:
    body = base64.b64encode(rng.randbytes(270)).decode()
    return rng.choice((
        f"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAB{body} ana@laptop",
        f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{text(rng, 'b64', 43)} ana@laptop",
        key_block(rng, "PUBLIC KEY"), key_block(rng, "CERTIFICATE"),
        "public_key: " + key_block(rng, "RSA PUBLIC KEY").replace("\n", "\\n"),
        f'"publicKey": "{text(rng, "b64", 43)}="',
        json.dumps({"kty": "RSA", "n": text(rng, "url", 342), "e": "AQAB", "kid": text(rng, "hex", 40)}),
        f"client-certificate-data: {base64.b64encode(key_block(rng, 'CERTIFICATE').encode()).decode()}",
        f"SHA256:{text(rng, 'b64', 43)} ana@laptop (ED25519)",
        f"fingerprint: {':'.join(text(rng, 'hex', 2) for _ in range(20))}",
        f'"kid": "{text(rng, "url", 43)}"',
    ))  # fmt: skip


def _hash(rng: random.Random) -> str:
    return _one(
        rng, "commit {hex40}", "Merge: {hex7} {hex7}", "sha256:{hex64}", "{hex64}  dist/app.tar.gz",
        "md5sum: {hex32}", "image: acme/app@sha256:{hex64}", "ETag: \"{hex32}\"", "git checkout {hex40}",
        "rev = \"{hex40}\"", "uses: actions/checkout@{hex40}", "[{hex7}] fix the parser", "  \"gitHead\": \"{hex40}\"",
        "checksum: {hex32}", "build {hex12}", "_commit: {hex40}", "https://github.com/acme/app/commit/{hex40}",
        "/assets/index-{alnum8}.js", "main.{hex20}.chunk.css", "cache-key: node-{hex64}",
        "x-amz-content-sha256: {hex64}", "block 0x{hex64}", "tx hash 0x{hex64}", "address 0x{hex40}", "HEAD is now at {hex7}",
    )  # fmt: skip


def _ids(rng: random.Random) -> str:
    return _one(
        rng, "{uuid}", "request_id={uuid}", '"id": "{uuid}",', "trace_id={hex32} span_id={hex16}", "user {uuid} logged in",
        "correlationId: {uuid}", '"session_key": "{dig10}"', "traceparent: 00-{hex32}-{hex16}-01", "node-{hex8}-{low5}",
        "pod/web-{hex10}-{low5}", "arn:aws:iam::{dig12}:user/ana", "i-0{hex17}", "vpc-{hex17}", "req_{alnum24}", "evt_1{alnum23}",
        "cus_{alnum14}", "chatcmpl-{alnum29}", "msg_01{alnum22}", "{hex24}", "client_id: {low20}.apps.acme.io", "tenant_id = \"{uuid}\"",
        "https://docs.google.com/document/d/{url44}/edit", "https://youtu.be/{url11}", "doi:10.1145/{dig7}.{dig7}", "ISBN 978-{dig10}",
        "AWS_ACCOUNT_ID={dig12}", "G-{up10}", "UA-{dig8}-1", "GTM-{up7}", "order {dig16}", "sess id {alnum26}", '"nonce": "{url22}"',
        "data-reactid=\".{low10}\"", "subscription: {uuid}", "key_id: {uuid}", "\"cursor\": \"{url40}\"", "If-None-Match: W/\"{url27}\"",
        "X-Request-Id: {hex32}", "csrf_token={alnum32}", "_csrf: {url36}", "dedup_key={hex64}", "partition_key: {hex16}", "cache_key = \"{hex40}\"",
    )  # fmt: skip


_JS = """!function(e,t){"object"==typeof exports&&"undefined"!=typeof module?t(exports):t((e=e||self).A={})}
var t=e.token,n=t.type,r=t.value;return n===o.Punctuator&&"("===r?this.parse(e):this.throwUnexpectedToken(t)
function Ke(e){return e.key||e.which||e.keyCode||229}var Qe={Enter:"key",password:!0,search:!0,tel:!0}
e.prototype.setPassword=function(e){this.password=e,this.auth=this.user+":"+e};var a="password"===t.type
const n=(t,e)=>{const{accessToken:r,secretKey:o}=e;return fetch(t,{headers:{Authorization:`Bearer ${r}`}})};
case"apiKey":return i.apiKey=s.apiKey||process.env.API_KEY,i;case"password":return this._pw=c(u)
t.SECRET_KEY_LENGTH=32,t.TOKEN_ALPHABET="ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
"""


def _blobs(rng: random.Random) -> str:
    raw = base64.b64encode(rng.randbytes(rng.randint(120, 900))).decode()
    numbers = [round(rng.gauss(0, 0.05), rng.randint(6, 18)) for _ in range(40)]
    return rng.choice((
        f"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA{raw}", f'<img src="data:image/gif;base64,R0lGODlh{raw}">',
        f"@font-face{{src:url(data:font/woff2;base64,d09GMgABAAAA{raw}) format('woff2')}}",
        json.dumps({"embedding": numbers}), json.dumps({"image_b64": raw}), _sample(rng, _JS),
        f'"image/png": "iVBORw0KGgoAAAANSUhEUgAA{raw}\\n",', wrapped(raw, 76),
        f"//# sourceMappingURL=data:application/json;base64,{_b64(json.dumps({'version': 3, 'sources': ['a.js'], 'mappings': 'AAAA,' * 20}))}",
        f"path d=\"M{rng.randint(1, 99)}.{text(rng, 'dig', 3)}c-1.2.3-{text(rng, 'dig', 4)}\"",
        f".{text(rng, 'az', 5)}-{text(rng, 'alnum', 6)}{{color:#{text(rng, 'hex', 6)};margin:0}}",
        ' '.join(text(rng, 'hex', 2) for _ in range(32)), f"00000010: {' '.join(text(rng, 'hex', 4) for _ in range(8))}",
        f"mappings: 'AAAA;{','.join(text(rng, 'b64', 4) for _ in range(30))}'",
        f"integrity sha384-{base64.b64encode(rng.randbytes(48)).decode()}", f"ETag=\"{text(rng, 'hex', 32)}-{rng.randint(1, 9)}\"",
        f"const uint8_t table[] = {{ {', '.join('0x' + text(rng, 'hex', 2) for _ in range(24))} }};",
    ))  # fmt: skip


def _b64(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


def _named(rng: random.Random) -> str:
    """A public value under a harmless name, written as secrets are."""
    name = rng.choice((
        "commit_sha", "public_key", "content_hash", "etag", "session_count", "build_id", "primary_key", "cache_key", "image_digest",
        "token_count", "password_hint", "request_id", "git_revision", "dataset_version", "key_name", "model_id", "checksum", "account_name",
        "user_name", "file_path", "theme", "description", "region", "hostname", "sort_key", "api_version", "api_url", "widget_key",
    ))  # fmt: skip
    value = _one(
        rng,
        "{hex40}",
        "{uuid}",
        "{hex64}",
        "{az9}",
        "{dig12}",
        "v1.{dig2}.{dig1}",
        "acme-{az6}-{az7}",
    )
    return writings.pick(rng, [*writings.CODE, *writings.CONFIG], name, value)[1]


_TALK = """fox river paper market winter doctor silver garden bridge orange window bread music letter
signal table ocean harvest planet winter mirror""".split()  # noqa: SIM905


def _prose(rng: random.Random) -> str:
    words = [rng.choice(_TALK) for _ in range(rng.randint(8, 30))]
    words[rng.randrange(len(words))] = rng.choice(
        ("password", "secret", "token", "key", "credentials")
    )
    return " ".join(words).capitalize() + "."


def _sensitive_code(rng: random.Random) -> str:
    """Names of secrets with values that are none."""
    name = rng.choice(
        (
            "password",
            "db_password",
            "api_key",
            "secret_key",
            "access_token",
            "client_secret",
            "auth_token",
        )
    )
    value = rng.choice((
        "password", "secret", "token", "string", "null", "None", "true", "${" + name.upper() + "}", "{{ " + name + " }}",
        "<" + name + ">", "********", "%s", "", "{}", "$" + name, "Please enter a value", name, name.upper(), "not-set",
    ))  # fmt: skip
    return writings.pick(rng, [*writings.CODE, *writings.CONFIG], name, value)[1]


KINDS: dict[str, Maker] = {
    "references": lambda r: _sample(r, _REFERENCES),
    "words and labels": lambda r: _sample(r, _WORDS),
    "model ids": lambda r: f"model: {_sample(r, _MODELS)}",
    "placeholders": lambda r: _sample(r, _PLACEHOLDERS),
    "lock files": _lock,
    "public keys": _public,
    "hashes": _hash,
    "ids": _ids,
    "blobs": _blobs,
    "harmless names": _named,
    "empty secrets": _sensitive_code,
    "prose": _prose,
}


def negatives(seed: int, size: int) -> Iterator[tuple[str, str]]:
    """`size` pairs of (kind, text), the kinds in turn."""
    rng, kinds = random.Random(seed), list(KINDS.items())
    for at in range(size):
        kind, make = kinds[at % len(kinds)]
        yield kind, make(rng)


__all__ = ["KINDS", "negatives", "uuid"]
