"""Which names stand for a password or a key, and which only sound like it.

`db_password`, `apiKey`, `CLIENT-SECRET` do; `max_tokens`, `passwordHint`, `secretary`,
`keyboard`, `next_page_token` do not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from scanner.assigned import providers
from scanner.rulepacks.context import words_of

# What a name must hold to be looked at; anchors are made of it.  Only these letters fold case:
# folding `[a-z]` would take in the Kelvin sign and with it the cost of Unicode.
CORE = (
    r"(?i:passw(?:or)?d|passwrd|passwort|passphrase|passcode|kennwort|contrase|senha|haslo"
    r"|wachtwoord|pwd|[_.-]pass|[a-z]Pass|\bpass|(?:store|key|db|user|root|admin|ftp|ssh|mail|smtp|require)pass"
    r"|[_.-]pw\b|\bpw|\bpsk|_psk|secret|token|credential"
    r"|api[ _.-]?key|[a-z][ _.-]?key|[_.-]auth|\bauth|[a-z]_pat\b)"
)

# The word for a password in other languages, rare enough to be looked for on their own.
ABROAD = (
    "(?:пароль|Пароль|ПАРОЛЬ|密码|密碼|口令|パスワード|비밀번호|암호|كلمة المرور|كلمة السر"
    "|סיסמה|סיסמא|κωδικός|Κωδικός"
    "|şifre|Şifre|parola|Parola|heslo|Heslo|jelszó|Jelszó|salasana|Salasana|adgangskode|Adgangskode"
    "|lösenord|Lösenord|passord|Passord|lozinka|Lozinka|mật khẩu|Mật khẩu|kata sandi|Kata sandi"
    "|clave|Clave|contraseña|Contraseña|mot de passe|Mot de passe|hasło|Hasło|पासवर्ड|รหัสผ่าน)"
)

# What is a credential beside a provider's name only.
ID = r"(?i:(?:client|access|consumer)[ _.-]?id|app[ _.-]?certificate|auth[ _.-]?code)"

_PASSWORD = frozenset(
    """password passwords passwd passwrd passwort passphrase passcode kennwort contrasena
    contraseña senha haslo hasło wachtwoord pwd psk пароль 密码 密碼 口令 パスワード 비밀번호
    암호 סיסמה סיסמא κωδικός şifre sifre parola heslo jelszó jelszo salasana adgangskode
    lösenord losenord passord lozinka clave""".split()  # noqa: SIM905 - read as words
)
_SECRET = frozenset({"secret", "secrets", "apikey", "accesskey", "secretkey", "privatekey"})
_TOKEN = frozenset({"token", "credential", "credentials", "authtoken", "accesstoken", "auth"})
_PASSWORD_ENDS = ("password", "passwd", "passphrase", "pwd")
_KEY_OF = frozenset(
    """api access secret private auth authentication encryption signing signature master account
    storage deploy license licence ssh gpg app application client consumer shared admin webhook
    session crypto aes hmac jwt rsa encrypt decrypt security subscription service integration bot
    publishing registry rest server write root user team instrumentation ingestion sas bearer
    personal connection maps functions function""".split()  # noqa: SIM905
)
# Keys that open nothing: of tables, stores, lists, keyboards; and the public half of pairs.
_NO_KEY_OF = frozenset(
    """a alternate an answer any arrow asset atom attribute axis bag blob bucket build cache
    candidate captcha car category cell channel chart chat checksum child codec color column
    component composite compression config configuration content conversation counter
    counterparty country customer data date day decoding dedup delete deploy dict digest
    dimension display distribution document door down dynamo each encoding end enter entity
    enum epic escape etag event feature field figma file filter fingerprint first flag
    folder font foreign form format function grid group hash hidden home host hot house i18n
    icon id idempotency image index invoice is issue item job join json kafka key kind known
    label lang language last layout left legend link list locale lock log lookup map match
    max measure media menu merge message meta metadata metric min month mutex my name
    natural new next node object old option order org page param parent partition path piano
    pivot plot prefix press pressed prev primary product project prop property pub public
    publishable query queue range rate ratelimit react recaptcha record redis region
    registry release request resource right room root route routing row run s3 same search
    section semaphore sequence serial series setting settings shard shift short signed site
    skeleton sku slot sort space span ssl state step storage story stream style subject
    surrogate symbol tab tag task team temp template tenant test that the theme this thread
    throttle thumbprint ticket time tmp topic trace transient translation tree tuple turn
    type unique up url value variant verification verify verifying version video view
    visible week widget wrapped xml yaml year your zone""".split()  # noqa: SIM905
)
_PASS_ENDS = frozenset(
    """storepass keypass dbpass userpass rootpass adminpass ftppass sshpass mailpass smtppass
    requirepass""".split()  # noqa: SIM905
)
# What a provider's name may be followed by when nothing in the name says secret: the value is
# a key all the same, or the public half of one.
_KEYS = frozenset("key auth code certificate pat login webhook lived".split())  # noqa: SIM905
_ID_OF = frozenset("client access consumer".split())  # noqa: SIM905
_NOT_AFTER = frozenset(
    """hint hints count counts length len size sizes limit limits type types name names id ids url
    uri urls path paths file filename field fields label placeholder policy policies reset expiry
    expires expired expiration ttl age version regex pattern format enabled required strength min
    max prompt input box form error errors message messages manager managers provider endpoint
    header method algorithm lifetime timeout usage index arn ref reference key keys prefix suffix
    changed updated created date time at validator validation rule rules page link button screen
    text title description tooltip class selector ids map list scope scopes budget budgets rate
    embedding embeddings position positions mask vocab logprobs probability prob probs store
    vault data service helper handler factory builder util utils test tests changed attempts history
    encryption encrypter hashing hasher encoding encode decode shape
    documentation generator encoder issuer audience endpoint var variable""".split()  # noqa: SIM905
)
_NOT_BEFORE = frozenset(
    """max min num n total count no not has is use uses needs forgot forgotten reset show hide
    toggle public csrf xsrf next prev previous page pagination continuation continue sync resume
    cursor eos bos pad unk cls sep mask stop start end special input output prompt completion
    reasoning cached used remaining per primary foreign partition sort cache get find read
    validate check verify hash encrypt decrypt require requires require invalid incorrect wrong
    missing without any every each tokenizer refresh_at nonce idempotency device push registration
    fcm apns authenticity antiforgery""".split()  # noqa: SIM905
)
# Beside the name of a provider: nothing secret, or the half of a pair that is shown to all.
_OPEN = (_NOT_BEFORE - {"per"}) | {"site", "publishable"}


@dataclass(frozen=True, slots=True)
class NameClass:
    """What a name stands for; `weak` names need a value that speaks for itself.

    `known`: the name says who issued it as well.  An `id` is the public half of such a pair.
    """

    kind: Literal["password", "secret", "token", "id"]
    weak: bool = False
    known: bool = False
    other: bool = False  # a key of something that we do not know


@lru_cache(maxsize=8192)
def classify(name: str) -> NameClass | None:
    """The class of a name, or None when it names no secret."""
    words = [w for w in words_of(name) if not w.isdigit()]
    known = providers.names_one(words)
    for place in range(len(words) - 1, -1, -1):
        found = _word_class(words, place)
        if found is not None:
            return replace(found, known=known) if _fits(words, place) else None
    return _of_provider(words) if known else None


def _of_provider(words: list[str]) -> NameClass | None:
    """The class of a name that says who issued the value, and not that it is secret."""
    if words[-1] == "id" and words[-2:-1] and words[-2] in _ID_OF:
        return NameClass("id", known=True)
    if words[-1] in _KEYS and not set(words) & _OPEN:
        return NameClass("token", known=True)
    alone = len(words) <= 2 and providers.names_one(["".join(words)])
    return NameClass("token", weak=True, known=True) if alone else None


def _word_class(words: list[str], place: int) -> NameClass | None:
    word, of = words[place], "".join(words[max(0, place - 2) : place + 1])
    shared = of == "presharedkey" or of.endswith("securitycredentials")  # the latter of JNDI
    if word in _PASSWORD or word in _PASS_ENDS or word.endswith(_PASSWORD_ENDS) or shared:
        return NameClass("password")
    if word in ("pass", "pw"):
        named = place > 0 and words[place - 1] not in ("by", "the", "tests", "first", "second")
        return NameClass("password", weak=not named)
    if word in _SECRET or word.endswith(("secret", "apikey", "secretkey", "accesskey")):
        return NameClass("secret")
    if word in ("key", "keys", "pat"):
        return _key_class(word, words[place - 1]) if place else None
    if word in _TOKEN or word.endswith("token"):
        return NameClass("token", weak=word == "auth")
    return None


def _key_class(word: str, of: str) -> NameClass | None:
    if word != "pat" and of in _KEY_OF:
        return NameClass("secret")
    unknown = word != "keys" and len(of) > 2 and of not in _NO_KEY_OF
    return NameClass("token", weak=True, other=True) if unknown else None


_NEAR = 2  # words before: a long name begins with the place in its file


def _fits(words: list[str], place: int) -> bool:
    before = words[:place] if words[place] != "key" else words[: place - 1]
    before = before[-_NEAR:]
    return not (set(words[place + 1 :]) & _NOT_AFTER) and not (set(before) & _NOT_BEFORE)
