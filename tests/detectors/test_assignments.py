"""Values under secret-like names: every syntax, and the names and values that only look so."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import plugins
from scanner.assigned.names import classify
from scanner.assigned.search import search
from scanner.assigned.syntaxes import FAMILIES
from scanner.detectors import Detector, DetectorContext, Drop, Match, Value
from scanner.errors import UsageError
from scanner.model import Confidence, Part
from scanner.regexes.linear import compile_re
from scanner.rulepacks.examples import fill

TOKEN = fill("<<alnum:28>>", "assignments")
PLUGIN = plugins.load("detectors", "assignments")
DETECTOR: Detector = PLUGIN.build(DetectorContext())


def results(text: str, label: str = "", part: Part = Part.VALUE) -> list[Match | Drop]:
    value = Value(text.encode(), label, part)
    return [r for p in DETECTOR.patterns() for r in DETECTOR.confirm(value, p.key, ())]


def found(text: str, label: str = "", part: Part = Part.VALUE) -> set[str]:
    matches = [r for r in results(text, label, part) if isinstance(r, Match)]
    assert all(Value(text.encode()).text[m.start : m.end] == m.secret for m in matches)
    return {m.secret for m in matches}


@pytest.mark.parametrize(
    "written",
    [
        'password = "{}"', "password='{}'", "password := `{}`", "DB_PASSWORD={}", "password: {}",
        'const password: string = "{}";', 'password: str = "{}"', "password => '{}'",
        '{{"password": "{}"}}', '{{\\"password\\": \\"{}\\"}}', "'password': '{}',",
        "spring.datasource.password={}", 'os.environ["DB_PASSWORD"] = "{}"', "self.password = '{}'",
        "--password {}", "--db-password={}", "-password '{}'", '["--password", "{}"]',
        "<password>{}</password>", '<db:password enc="no">{}</db:password>',
        '<add key="password" value="{}"/>', '<property name="db.password" value="{}"/>',
        '{{"key": "password", "value": "{}"}}', '{{"name":"password","value":"{}"}}',
        "- name: DB_PASSWORD\n  value: {}", "https://acme.io/login?user=a&password={}&x=1",
        'setPassword("{}")', "if password == '{}':", "sshpass -p {} ssh host",
        'let password: String = String::from("{}");', "$self->{{password}} = '{}';",
        'setProperty("password", "{}")', 'Dim dbPassword As String = "{}"',
        'variable "db_password" {{\n  type = string\n  default = "{}"\n}}',
        "<password><![CDATA[{}]]></password>", "- **Password**: `{}`", "set -gx DB_PASSWORD {}",
        "<param-name>password</param-name>\n<param-value>{}</param-value>",
        '#define DB_PASSWORD "{}"', '"{}".equals(dbPassword)', "db_password = \\\n    '{}'",
        'gh secret set DB_PASSWORD --body "{}"', 'db_password : constant String := "{}";',
        "пароль: {}", "密码：{}", "la contraseña es {}", "heslo: {}",  # noqa: RUF001
        "mysql -u root -p{} crm", "docker login -u ci -p {} reg.acme.io", "redis-cli -h c -a {}",
        "curl -u admin:{} https://acme.io", "the password is {}", "The password for crm is {}.",
        "new password: {}", "das Passwort lautet {}", "changed the password to {}",
        "contraseña: {}", "mot de passe : {}", "login: ops, passwd: {}", "pw is {}",
        "my $password = q{{{}}};", "password[0]: {}", "password                  = {}",
        'env.put(Context.SECURITY_CREDENTIALS, "{}");', "schtasks /create /ru a /rp {}",
        "set PGPASSWORD={}", "ansible_ssh_pass: {}", "SMTP_PASS='{}'", "[db]\npwd = {}\n",
        "machine x; User Id=a;Password={};", "Wi-Fi Passphrase: {}",
        "DB_PASSWORD ?= {}", "DB_PASSWORD ::= {}", "ENV['PASSWORD'] ||= '{}'",
        'var pw string = "{}"',
        "host,user,password\ndb01,root,{}", "| host | password |\n|---|---|\n| db01 | `{}` |",
        '"url","password"\n"https://acme.io","{}"', "user\tpasswd\r\nbob\t{}\r\n",
        "INSERT INTO users (login, password) VALUES (NULL, 'x'), ('bob', '{}');",
        "password (staging): {}", "<b>Password:</b> {}", 'password: &main "{}"', "password → {}",
        '"adminPassword": {{"value": "{}"}}', 'std::string password{{"{}"}};',
        "getenv('DB_PASS') ?: '{}'", "os.environ.get('DB_PASSWORD') or '{}'",
        "Username / Password: bob / {}", "u: bob p: {}", "creds -> bob:{}",
        "please log in with admin / {} today",
        'const PASSWORD: &str = "{}";', '#define PASSWORD "{}"', "define('DB_PASSWORD', '{}')",
        "add_argument('--password', default='{}')", "<key>Password</key>\n<string>{}</string>",
        'variable "password" {{\n  default = "{}"\n}}', "password: >-\n  {}", "ENV DB_PASSWORD {}",
        '<string name="password">{}</string>', "password = x or '{}'", "wpa_psk={}",
    ],
)  # fmt: skip
def test_every_syntax_gives_the_value(written: str) -> None:
    assert "Winter2026!" in found(written.format("Winter2026!")), written


@pytest.mark.parametrize(
    "written",
    [
        "api_key={}", 'apiKey: "{}"', "X-API-Key: {}", "client_secret={}", "ACCESS_TOKEN={}",
        '{{"auth_token":"{}"}}', "https://acme.io/v1?token={}&x=1", "encryption.key = {}",
        "secretKey='{}'", "my-app-credentials: {}", "consumer_secret = {}", "--token {}",
        "{{client_secret, <<\"{}\">>}}", "| api_key | {} |", "secret key -> {}", "token - {}",
        "ACME_KEY={}", 'const zorblaxKey = "{}";', "airtable: {}", "zorblax_pat = '{}'",
        "https://api.acme.io/v1/x?a=1&key={}",
        "the api key is {}", "WEBHOOK_SECRET={}", "access-key: {}", "SIGNING_KEY_2={}",
        'xoauth := "{{}}"; refreshToken := "{}"', "auth: {}", "SECRET_KEY_BASE={}",
    ],
)  # fmt: skip
def test_a_rare_value_under_a_key_name_is_found(written: str) -> None:
    assert TOKEN in found(written.format(TOKEN)), written


@pytest.mark.parametrize(
    "name",
    [
        "keyboard", "monkey", "tokenizer", "author", "authority", "secretary", "max_tokens",
        "maxTokens", "token_count", "tokenCount", "password_hint", "passwordHint", "public_key",
        "primary_key", "sort-key", "next_page_token", "csrf_token", "eos_token", "pad_token_id",
        "token_type", "password_reset_url", "password_policy", "secret_name", "secretArn",
        "credential_type", "passage", "compass", "bypass", "tokens", "token_limit",
        "hasPassword", "forgot_password", "password_changed_at", "auth_method", "api_key_id",
        "total_tokens", "tokenize", "oauth_url", "passed", "passenger", "keystroke", "hotkey",
    ],
)  # fmt: skip
def test_a_name_that_only_sounds_so_is_none(name: str) -> None:
    assert classify(name) is None
    assert found(TOKEN, label=name) == set()
    assert found(f'{name} = "{TOKEN}"') == set()


@pytest.mark.parametrize(
    "text",
    [
        'fields.put("password", "password is required")', 'cacheKey: "node-modules-v1-aB3x"',
        "пароль должен быть длиннее", "credentials: src/aws/credentials.go:12",
        '"password".equals(grantType)', "| password | required | your account password |",
        "password -> hash -> db", "clave: primaria", "token - a string of 20 characters",
        "password: required", "password: string", "password = None", "password: true",
        'password: "Enter your password"', "password = getpass.getpass()", "password = user.pw",
        "password = request.form['password']", "password=password", "password=${DB_PASSWORD}",
        "password: {{ vault_password }}", "password = os.environ['PW']", "password: ********",
        "password=%(password)s", 'password: "<your password>"', "PWD=/home/jane/work",
        "the password is required", "the password is case sensitive", "your token is invalid",
        "Password must be at least 8 characters", "token = next_token()", "secret: !Ref DbSecret",
        'token: "bert-base-uncased"', "api_key = config.api_key", "api key: see the docs",
        'secret = "projects/acme/secrets/db"', "access_key: https://acme.io/keys",
        "token_expires: 2026-11-21", 'passwordInput = "document.getElementById"',
        "auth = HTTPBasicAuth(user, pw)", "tests pass: 12/12", "private_key: ./certs/server.pem",
        "token: 1763690000", "auth: none", "credentials: include", "secret sauce: more garlic",
        "Authorization: Bearer", "token sha256:" + "ab12cd34" * 8, "process.env.API_KEY",
        '"password": "Passwort vergessen?"', 'label.password = "Mot de passe oublié"',
    ],
)  # fmt: skip
def test_code_types_and_texts_of_forms_are_no_values(text: str) -> None:
    matches = [r for r in results(text) if isinstance(r, Match)]
    assert [m.secret for m in matches if m.confidence is not Confidence.LOW] == []


@pytest.mark.parametrize(
    ("label", "text", "secret"),
    [
        ("db_password", "Winter2026!", "Winter2026!"),
        ("password", "letmein2", "letmein2"),
        ("passphrase", "correct horse battery staple", "correct horse battery staple"),
        ("password", " padded99 ", "padded99"),
        ("apiKey", TOKEN, TOKEN),
        ("client_secret", "465a9848-59c1-c58a-984f-bf586e795dfc", None),
        ("password", "Please enter your password", ""),
        ("password", "true", ""),
        ("token", "bert", ""),
        ("token", "465a9848-59c1-c58a-984f-bf586e795dfc", ""),
        ("max_tokens", TOKEN, ""),
    ],
)
def test_a_field_name_is_a_name_too(label: str, text: str, secret: str | None) -> None:
    assert found(text, label=label) == ({text if secret is None else secret} - {""})


def test_a_providers_name_makes_an_id_or_uuid_a_credential() -> None:
    uuid, hexes = fill("<<uuid>>", "p"), fill("<<hex:32>>", "p")
    assert found(f'KUCOIN_ACCESS_TOKEN = "{uuid}"') == {uuid}
    assert found(f'token = "{uuid}"') == set()
    assert found(f'adobe_client_id: "{hexes}"') == {hexes}
    assert found(f'client_id: "{hexes}"') == set()


@pytest.mark.parametrize(
    "written",
    [
        "mixpanel token = '{}'", "Mixpanel key is {}", "mixpanel '{}'", "| mixpanel | {} |",
        'new MixpanelClient("{}")', 'mixpanel.init("{}")', "mixpanel credentials\n{}",
        "# mixpanel\nurl: https://acme.io\nkey: {}", "mixpanel:\n  api:\n    key: {}",
        "mixpanel,{}", '"service": "mixpanel", "key": "{}"', "MIXPANEL_KEY, '{}'",
        '"vendor": "mixpanel", "value": "{}"', "- name: mixpanel\n  value: {}",
        "<service>mixpanel</service><value>{}</value>", "mixpanel('ABCDEF1234', '{}')",
    ],
)  # fmt: skip
def test_beside_a_providers_name_a_plain_key_is_a_credential(written: str) -> None:
    assert TOKEN in found(written.format(TOKEN)), written


@pytest.mark.parametrize(
    "written",
    [
        "apple '{}'", "| apple | {} |", "apple,{}", '"service": "apple", "key": "{}"',
        'apple("{}")', '"service": "apple", "value": "{}"', "user=auth0|{}",
    ],
)  # fmt: skip
def test_beside_any_other_name_it_is_none(written: str) -> None:
    assert not found(written.format(TOKEN))


@pytest.mark.parametrize(
    "written",
    [
        'API_KEY = """{}"""', "API_KEY={}==", '"Jwt": {{\n  "Issuer": "a",\n  "Key": "{}"\n}}',
        "jwt:\n  issuer: a\n  key: {}", '*API key:* {}', 'api_keys = {{\n  "prod": "{}",\n}}',
        'android:name="io.acme.ApiKey" android:value="{}"', "API_KEY = bytes.fromhex('{}')",
        '<Key>ApiKey</Key><Value Protect="True">{}</Value>',
    ],
)  # fmt: skip
def test_keys_in_the_forms_of_code_and_configurations(written: str) -> None:
    assert any(secret.startswith(TOKEN) for secret in found(written.format(TOKEN))), written


@pytest.mark.parametrize("written", ["creds are ops / {}", "Login: ops / {}", "*Password:* {}"])
def test_passwords_in_messages(written: str) -> None:
    assert found(written.format("Quietfox42!x")) == {"Quietfox42!x"}


def test_letters_in_no_order_are_a_password_and_names_are_none() -> None:
    assert found("Passwort: rhZNlwsekkqH") == {"rhZNlwsekkqH"}
    assert not found("Passwort: userPasswordHandler")
    assert not found("  PASSWORD: 0x80090016,")
    assert not found("HASHERS_PASSWORD = ['acme.contrib.auth.hashers.Argon2']")


def test_an_ampersand_ends_a_value_in_a_query_only() -> None:
    assert found("DB_PASSWORD: Quiet&fox42") == {"Quiet&fox42"}
    assert found("https://acme.io/?password=Quietfox42!x&next=home") == {"Quietfox42!x"}
    assert found("password=Quietfox42!x&user=ops") == {"Quietfox42!x"}


@pytest.mark.parametrize(
    "text",
    [
        "for(u=c.next();!u.done;u=c.next()){var p=u.value;this.setStyle(t,p)}",
        "l=c.next();!l.done;){var u=l.value,p=0;try{for(var h=(r=void",
        '<PasswordInput :error="errors.password" />',
        f"recaptcha_site_key: {TOKEN}",
        f"https://codecov.io/gh/a/b/graph/badge.svg?token={TOKEN[:10]}",
        "we pass all the tests! pass it on!",
    ],
)
def test_what_files_without_a_secret_gave(text: str) -> None:
    assert not found(text)


def test_numbers_under_a_password_name_and_keys_are_told_apart() -> None:
    assert found("48151623", "password", Part.NUMBER) == {"48151623"}
    assert found("4096", "max_tokens", Part.NUMBER) == set()
    assert found("password", "password", Part.KEY) == set()


def test_placeholders_are_kept_low() -> None:
    for text in ("password=changeme", 'api_key = "YOUR_API_KEY_HERE_1234"', "secret=xxxxxxxxxxxx1"):
        matches = [r for r in results(text) if isinstance(r, Match)]
        assert matches and {m.confidence for m in matches} == {Confidence.LOW}, text


def test_every_refusal_has_a_name() -> None:
    refused = {
        r.filter for r in results("password=${X}; token=abcdefabcdef") if isinstance(r, Drop)
    }
    assert refused >= {"templated"}


def test_blanks_round_a_value_hide_nothing() -> None:
    (match,) = results(" " * 5000 + "Winter2026!" + "\n" * 5000, "password")
    assert isinstance(match, Match) and (match.start, match.secret) == (5000, "Winter2026!")


def test_it_has_no_options() -> None:
    with pytest.raises(UsageError, match="no option"):
        PLUGIN.build(DetectorContext(options={"floor": 3}))


@settings(deadline=None)
@given(
    st.text(max_size=40),
    st.sampled_from(["password=", "token: ", '"secret":"', "--pwd ", "<password>", "pw is "]),
    st.text(max_size=40),
)
def test_any_text_round_a_value_survives_and_spans_hold(before: str, name: str, after: str) -> None:
    text = f"{before} {name}Winter2026!{after}".encode("utf-8", "replace").decode()
    for result in results(text):
        assert 0 <= result.start <= result.end <= len(text)
        if isinstance(result, Match):
            assert text[result.start : result.end] == result.secret


@pytest.mark.parametrize(
    "text",
    [
        "| Parameter | Password |\n|---|---|\n| user | string |",
        "key, token\nthe first, the second", "user,password\nbob",
        "INSERT INTO t (a, password) VALUES (1, ?)", "| Token |\n|---|\n| `IDENT` |",
    ],
)  # fmt: skip
def test_tables_without_a_secret_are_silent(text: str) -> None:
    assert not found(text)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("alconost key <<alnum:32>>", True), ("acme_key = <<hex:32>>", True),
        ("cache_key = <<hex:32>>", False), ("AviationStack api <<hex:32>>", True),
        ('licence_key = "AB2C3-D4E5F-6G7HJ-8KLMN-PQRST"', True),
        ("mailerlite jwt eyJ<<base64url:40>>.<<base64url:60>>.<<base64url:40>>", True),
        ("password.encode('latin1')", False), ('"passwordEncryption": "scram-sha-256"', False),
    ],
)  # fmt: skip
def test_a_value_that_speaks_for_itself_needs_no_known_name(text: str, secret: bool) -> None:
    sure = [m for m in results(fill(text, "widget")) if isinstance(m, Match)]
    assert any(m.confidence is not Confidence.LOW for m in sure) is secret


NAMED = next(family for family in FAMILIES if family.behind_names)
CARRIERS = (
    'x.{}_key = "{}"', "{{'{}_token', '{}'}}", "| {}_secret | {} |", "<a:{}Password>{}</a:b>",
    'setProperty("{}.password", "{}")', "['--{}-token', '{}']", "{}_key key: {}",
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(CARRIERS), st.text("ab_.-$ ('\"|{<\n", max_size=70), st.integers(0, 3000))
def test_a_name_is_found_wherever_it_stands(carrier: str, around: str, far: int) -> None:
    value = "9fK2xQ7bLw4ZtR8vYp3Nc6Ms"
    written = carrier.format("db", value)
    text = "\n".join((around, "token " * (far // 6), written, around)).encode()
    given_values = list(search(NAMED)(text, ()))
    assert value in {text[one.start : one.end].decode() for one in given_values}
    hits = [m.end() for anchor in NAMED.anchors for m in compile_re(anchor).finditer(text)]
    assert list(search(NAMED)(text, hits)) == given_values
