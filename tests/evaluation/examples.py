# ruff: noqa: E501 - examples are easier to compare on one line each
"""Examples that hold a credential, each with its family, made from a seed."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from textwrap import fill as wrapped
from urllib.parse import quote

import tokens
import writings
from tokens import filled, key_block, password, text

from scanner.rulepacks.proofs_keys import ed25519_public


@dataclass(frozen=True)
class Example:
    """One text, as a file or a field of its own; `strong` is a literal that no manual prints."""

    family: str
    text: str
    strong: bool = True


_SECRET_NAMES = """secret_key api_key client_secret access_token auth_token app_secret api_secret
secret_token private_token encryption_key jwt_secret signing_key webhook_secret refresh_token
shared_secret api_token session_secret access_key consumer_secret service_key bearer_token
secret apikey token master_key cookie_secret deploy_token credentials auth_key""".split()  # noqa: SIM905
_SECRET_SHAPES = ("{hex32}", "{hex40}", "{hex64}", "{alnum32}", "{alnum40}", "{url43}", "{b6443}=")
_PASSWORD_NAMES = """password db_password passwd user_pass db_pass admin_password root_password
mysql_pwd smtp_password passphrase redis_password ssh_pass keystore_password pwd
ldap_bind_password ftp_pass database_password""".split()  # noqa: SIM905
_PLACES = [*writings.CODE, *writings.CONFIG]


def prefixed(rng: random.Random) -> Iterator[Example]:
    for who, shape in tokens.prefixed():
        kind, template = rng.choice(writings.ALONE)
        value = filled(rng, shape)
        del kind
        yield Example(f"token: {who}", writings.written(template, "", value))


def keyed(rng: random.Random) -> Iterator[Example]:
    for who, name, shape in tokens.keyed():
        _, made = writings.pick(rng, _PLACES, f"{who}_{name}", filled(rng, shape))
        yield Example(f"keyed: {who}", made)


def secrets(rng: random.Random) -> Iterator[Example]:
    for place in _PLACES:
        name = rng.choice(_SECRET_NAMES)
        kind, made = writings.pick(rng, [place], name, filled(rng, rng.choice(_SECRET_SHAPES)))
        yield Example(f"secret: {kind}", made)


def passwords(rng: random.Random) -> Iterator[Example]:
    for place in _PLACES:
        value = password(rng)
        if place[0] in ("url", "form"):
            value = quote(value)
        kind, made = writings.pick(rng, [place], rng.choice(_PASSWORD_NAMES), value)
        yield Example(f"password: {kind}", made)


def placeholders(rng: random.Random) -> Iterator[Example]:
    """Values that manuals print: to be found, at low confidence."""
    for value in (
        "changeme",
        "AKIAIOSFODNN7EXAMPLE",
        "your_api_key_here_123",
        "xxxxxxxxxxxxxxxxxxxx",
    ):
        name = "aws_access_key_id" if value.startswith("AKIA") else rng.choice(_PASSWORD_NAMES[:4])
        _, made = writings.pick(rng, writings.CODE, name, value)
        yield Example("placeholder", made, strong=False)


_URLS = [
    "postgres://app:P@db.internal:5432/app", "postgresql+psycopg2://app:P@10.0.0.5/app",
    "mysql://root:P@mysql:3306/shop", "mongodb+srv://admin:P@cluster0.ab1cd.mongodb.net/test",
    "redis://:P@cache:6379/0", "rediss://default:P@cache.acme.io:6380",
    "amqp://svc:P@rabbit:5672/vhost", "ftp://backup:P@files.acme.io/dump.tgz",
    "https://ci:P@git.acme.io/team/repo.git", "smtp://mailer%40acme.io:P@smtp.acme.io:587",
    "jdbc:postgresql://db:5432/app?user=app&password=P", "jdbc:mysql://app:P@db:3306/shop",
    "jdbc:sqlserver://db:1433;databaseName=crm;user=sa;password=P;encrypt=true",
    "jdbc:oracle:thin:scott/P@//db:1521/orcl", "ldap://cn=admin:P@ldap.acme.io",
    "clickhouse://default:P@ch:9000/logs", "snowflake://svc:P@ab12345/db/schema",
    "mssql+pyodbc://sa:P@sql/crm?driver=ODBC+Driver+17", "sftp://deploy:P@host/srv",
    "svn+ssh://dev:P@svn.acme.io/trunk", "socks5://user:P@proxy:1080", "nats://svc:P@nats:4222",
]  # fmt: skip
_STRINGS = [
    "Server=tcp:db,1433;Database=crm;User ID=sa;Password=P;Encrypt=True;",
    "Data Source=db;Initial Catalog=crm;User Id=sa;Pwd=P;", "host=db user=app password=P dbname=app",
    "Driver={ODBC Driver 17 for SQL Server};Server=db;UID=sa;PWD=P", "Provider=SQLOLEDB;User=sa;Password='P'",
    'DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={B};EndpointSuffix=core.windows.net',
    "Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey={K}",
    "AccountEndpoint=https://acme.documents.azure.com:443/;AccountKey={B};",
]  # fmt: skip
_SHELL = [
    "mysql -u root -pP shop", "mysqldump --user=root --password=P shop", "PGPASSWORD=P psql -h db -U app",
    "curl -u admin:P https://acme.io/api", "curl --user 'admin:P' https://acme.io", "sshpass -p P ssh root@host",
    "docker login -u ci -p P registry.acme.io", "redis-cli -h cache -a P ping", "wget --user=a --password=P http://acme.io/f",
    "sqlcmd -S db -U sa -P P -Q 'select 1'", "echo 'root:P' | chpasswd", "net use z: \\\\srv\\share /user:acme\\ana P",
    "openssl enc -aes-256-cbc -pass pass:P -in a", "export DB_PASSWORD=P", "htpasswd -b -c .htpasswd ana P",
    "ldapsearch -x -D cn=admin,dc=acme -w P -b dc=acme", "mongosh -u admin -p P --authenticationDatabase admin",
    "ansible-playbook site.yml -e ansible_become_pass=P", "7z x -pP backup.7z",
]  # fmt: skip


def _pair(seed: bytes) -> list[int]:
    return list(seed + ed25519_public(seed))


def _plain(rng: random.Random) -> str:
    """A password that needs no quoting in a URL or shell."""
    return "".join(c for c in password(rng) if c.isalnum() or c in "-_") + str(rng.randint(10, 99))


def connections(rng: random.Random) -> Iterator[Example]:
    for url in _URLS:
        text_ = url.replace("P@", f"{_plain(rng)}@").replace("=P", f"={_plain(rng)}")
        shape = rng.choice(
            ("DATABASE_URL={}", "{}", 'url: "{}"', 'connect("{}")', '{{"dsn": "{}"}}')
        )
        yield Example("url", shape.format(text_))
    for string in _STRINGS:
        made = string.replace("=P", f"={_plain(rng)}").replace("'P'", f"'{_plain(rng)}'")
        made = made.replace("{B}", filled(rng, "{b6486}==")).replace("{K}", filled(rng, "{b6443}="))
        shape = rng.choice(
            ("{}", 'conn = "{}"', '<add name="Db" connectionString="{}" />', '"Db": "{}"')
        )
        yield Example("connection string", shape.format(made) if "{" not in made else made)
    for line in _SHELL:
        value = _plain(rng)
        made = (
            line.replace(" P ", f" {value} ").replace("=P", f"={value}").replace(":P", f":{value}")
        )
        made = made.replace("-pP", f"-p{value}")
        made = made[:-1] + value if made.endswith(" P") else made
        yield Example("shell", made)
    pair = base64.b64encode(f"admin:{_plain(rng)}".encode()).decode()
    for line in (f"Authorization: Basic {pair}", f'headers = {{"Authorization": "Basic {pair}"}}',
                 f"curl -H 'Authorization: Basic {pair}' https://acme.io",
                 f"Authorization: Bearer {filled(rng, '{url43}')}", f'-H "Authorization: Bearer {tokens.jwt(rng)}"',
                 f'"Authorization": "Token {filled(rng, "{hex40}")}"', f"X-Api-Key: {filled(rng, '{alnum40}')}",
                 f"Cookie: sessionid={filled(rng, '{low32}')}; theme=dark", f"X-Auth-Token: {filled(rng, '{hex32}')}",
                 f"PRIVATE-TOKEN: {filled(rng, '{url20}')}"):  # fmt: skip
        yield Example("header", line)


def keys(rng: random.Random) -> Iterator[Example]:
    for kind in (
        "RSA PRIVATE KEY",
        "PRIVATE KEY",
        "EC PRIVATE KEY",
        "DSA PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
    ):
        block = key_block(rng, kind)
        if "OPENSSH" in kind:
            body = base64.b64encode(b"openssh-key-v1\0" + rng.randbytes(300)).decode()
            block = f"-----BEGIN {kind}-----\n{wrapped(body, 70)}\n-----END {kind}-----"
        escaped = block.replace("\n", "\\n")
        yield Example("private key", block)
        yield Example("private key", f'key = "{escaped}"')
        yield Example("private key", json.dumps({"private_key": block}))
        yield Example("private key", block.replace("\n", " "))
        yield Example("private key", "key: |\n  " + block.replace("\n", "\n  "))
        yield Example("private key", base64.b64encode(block.encode()).decode())
        yield Example("private key", '"' + block.replace("\n", '\\n" +\n"') + '"')
    body = wrapped(filled(rng, "{b64540}"), 64)
    yield Example(
        "private key",
        f"-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\n\n{body}\n=aB3d\n-----END PGP PRIVATE KEY BLOCK-----",
    )
    yield Example(
        "private key",
        "PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nComment: k\nPublic-Lines: 2\n"
        f"{wrapped(filled(rng, '{b64120}'), 64)}\nPrivate-Lines: 4\n{wrapped(filled(rng, '{b64250}'), 64)}\n"
        f"Private-MAC: {filled(rng, '{hex40}')}",
    )


def _b64(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


_Doc = Callable[[random.Random], str]
_HTTP = filled
DOCUMENTS: dict[str, _Doc] = {
    "k8s secret": lambda r: "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n"
    f"  username: {_b64('admin')}\n  password: {_b64(password(r))}\n",
    "k8s secret json": lambda r: json.dumps({"apiVersion": "v1", "kind": "Secret", "data": {"pw": _b64(password(r))}}),
    "k8s stringData": lambda r: f"kind: Secret\nstringData:\n  password: {password(r)}\n",
    "docker config": lambda r: json.dumps({"auths": {"reg.acme.io": {"auth": _b64(f"ci:{_plain(r)}")}}}, indent=1),
    "npmrc": lambda r: f"//registry.acme.io/:_authToken={filled(r, '{uuid}')}",
    "npmrc auth": lambda r: f"_auth={_b64(f'ci:{_plain(r)}')}\nalways-auth=true",
    "pypirc": lambda r: f"[pypi]\nusername = ci\npassword = {_plain(r)}",
    "netrc": lambda r: f"machine api.acme.io login ana password {_plain(r)}",
    "pip conf": lambda r: f"[global]\nindex-url = https://ci:{_plain(r)}@pypi.acme.io/simple",
    "nuget config": lambda r: f'<packageSourceCredentials><acme><add key="Username" value="ci" />\n'
    f'<add key="ClearTextPassword" value="{_plain(r)}" /></acme></packageSourceCredentials>',
    "maven": lambda r: f"<server><id>nexus</id><username>ci</username><password>{_plain(r)}</password></server>",
    "htpasswd": lambda r: f"ana:$apr1${text(r, 'alnum', 8)}${text(r, 'alnum', 22)}",
    "htpasswd bcrypt": lambda r: f"ana:$2y$05${text(r, 'alnum', 53)}",
    "htpasswd sha": lambda r: f"ana:{{SHA}}{filled(r, '{b6427}')}=",
    "shadow": lambda r: f"root:$6${text(r, 'alnum', 12)}${text(r, 'alnum', 86)}:19000:0:99999:7:::",
    "pgpass": lambda r: f"db.acme.io:5432:app:app:{_plain(r)}",
    "wp-config": lambda r: f"define('DB_PASSWORD', '{_plain(r)}');\ndefine( 'AUTH_KEY', '{text(r, 'alnum', 64)}' );",
    "laravel": lambda r: f"APP_KEY=base64:{filled(r, '{b6443}')}=",
    "django": lambda r: f"SECRET_KEY = 'django-insecure-{filled(r, '{low50}')}'",
    "rails": lambda r: f"production:\n  secret_key_base: {filled(r, '{hex128}')}",
    "terraform": lambda r: f'provider "aws" {{\n  access_key = "{filled(r, "AKIA{b3216}")}"\n  secret_key = "{filled(r, "{b6440}")}"\n}}',
    "aws credentials": lambda r: f"[default]\naws_access_key_id = {filled(r, 'AKIA{b3216}')}\naws_secret_access_key = {filled(r, '{b6440}')}",
    "aws secret alone": lambda r: f"aws_secret_access_key = {filled(r, '{b6440}')}",
    "ansible vault": lambda r: "$ANSIBLE_VAULT;1.1;AES256\n" + wrapped(filled(r, "{dig480}"), 80),
    "service account": lambda r: json.dumps(
        {"type": "service_account", "project_id": "acme", "private_key_id": filled(r, "{hex40}"),
         "private_key": key_block(r, "PRIVATE KEY") + "\n", "client_email": "ci@acme.iam.gserviceaccount.com"}, indent=2),
    "client secret file": lambda r: json.dumps(
        {"installed": {"client_id": f"{filled(r, '{dig12}-{low32}')}.apps.googleusercontent.com",
                       "client_secret": filled(r, "{url24}")}}),
    "jwk": lambda r: json.dumps({"kty": "EC", "crv": "P-256", "x": filled(r, "{url43}"), "y": filled(r, "{url43}"), "d": filled(r, "{url43}")}),
    "jwk rsa": lambda r: json.dumps({"kty": "RSA", "n": filled(r, "{url342}"), "e": "AQAB", "d": filled(r, "{url342}")}, indent=2),
    "keypair": lambda r: json.dumps(_pair(r.randbytes(32))),
    "kubeconfig": lambda r: f"users:\n- name: admin\n  user:\n    token: {tokens.jwt(r)}",
    "web.config": lambda r: f'<machineKey validationKey="{filled(r, "{HEX128}")}" decryptionKey="{filled(r, "{HEX64}")}" />',
    "github url": lambda r: f"git clone https://{filled(r, 'ghp_{crc}')}@github.com/acme/app.git",
    "slack cookie": lambda r: f"d=xoxd-{filled(r, '{alnum120}')}",
    "composer": lambda r: json.dumps({"http-basic": {"repo.acme.io": {"username": "ci", "password": _plain(r)}}}),
    "s3cfg": lambda r: f"[default]\naccess_key = {filled(r, '{up20}')}\nsecret_key = {filled(r, '{b6440}')}",
    "msbuild": lambda r: f"<PropertyGroup><CertPassword>{_plain(r)}</CertPassword></PropertyGroup>",
    "tomcat": lambda r: f'<user username="tomcat" password="{_plain(r)}" roles="manager-gui"/>',
    "jenkins": lambda r: f"<apiToken>{{{filled(r, '{b6463}')}=}}</apiToken>",
    "spring": lambda r: f"spring:\n  datasource:\n    username: app\n    password: {_plain(r)}",
    "compose": lambda r: f"services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: {_plain(r)}",
    "wifi": lambda r: f'network={{\n  ssid="acme"\n  psk="{_plain(r)}"\n}}',
    "sql user": lambda r: f"CREATE USER app WITH PASSWORD '{_plain(r)}';",
    "identified by": lambda r: f"GRANT ALL ON *.* TO 'app'@'%' IDENTIFIED BY '{_plain(r)}';",
    "base64 wrapped": lambda r: "Content-Transfer-Encoding: base64\n\n" + wrapped(_b64(f"Dear Ana, the new database password is {_plain(r)} and it works from the office network only."), 76),
    "quoted-printable": lambda r: f"the new password=\n is: {_plain(r)}",
    "urlencoded": lambda r: "redirect=" + quote(f"https://acme.io/?api_key={filled(r, '{alnum40}')}", safe=""),
    "har": lambda r: json.dumps({"name": "authorization", "value": f"Bearer {filled(r, '{url43}')}"}),
    "seed phrase": lambda r: "seed phrase: abandon ability able about above absent absorb abstract absurd abuse access accident",
    "continuation": lambda r: f"curl https://acme.io \\\n  -H 'X-Api-Key: {filled(r, '{alnum40}')}' \\\n  -d @x",
    "multiline": lambda r: f'api_key = (\n    "{filled(r, "{alnum40}")}"\n)',
    "yaml block": lambda r: f"password: >-\n  {_plain(r)}",
}  # fmt: skip


def documents(rng: random.Random) -> Iterator[Example]:
    for name, make in DOCUMENTS.items():
        yield Example(f"document: {name}", make(rng))


def positives(seed: int, size: int) -> list[Example]:
    """At least `size` examples, all families in the same proportions."""
    rng, out = random.Random(seed), list[Example]()
    makers = (prefixed, keyed, secrets, passwords, connections, keys, documents, placeholders)
    while len(out) < size:
        for make in makers:
            out += make(rng)
    return out
