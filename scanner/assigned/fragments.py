"""What the ways of giving a value to a name are put together from: names, operators, values.

What stands between name and value is ASCII in all of them: the multi-pattern engine compiles
bounded runs of ASCII to a fraction of what Unicode costs.
"""

from __future__ import annotations

from scanner.assigned import providers
from scanner.assigned.names import CORE

REACH = 1024  # bytes from an anchor's end to the end of a match, at most

TAIL = r"[A-Za-z0-9_.\-]{0,40}"
NAME_CHARS = r"[A-Za-z0-9_.$@\-]"
QUOTE = r"\\{0,3}[\"'`]"
GAP = r"[ \t]{0,40}"  # lists are aligned
NAMED = f"{CORE}{TAIL}"
NAME = rf"(?P<name>{NAME_CHARS}{{0,60}}{NAMED})"

# A value in quotes (with its prefix as in b"..."), or bare up to a separator.
QUOTED = (
    r"(?:\"{3}(?P<tq>[^\"\n]{1,600})\"{3}"
    r"|\"?\\{1,3}\"(?P<eq>[^\"\\\n]{1,600})\\{1,3}\"|[bruf@$LN]{0,2}\"(?P<dq>[^\"\n]{1,600})\""
    r"|[bruf@LN]{0,2}'(?P<sq>[^'\n]{1,600})'|`(?P<bq>[^`\n]{1,600})`)"
)
# It does not begin with `=`: `k=dGhl...cmU==` is no type `dGhl...cmU=` with the value `=`.
BARE = r"(?P<bare>[^=\s\"'`,;&<>)}\]\\][^\s\"'`,;&<>)}\]\\]*)"
PERL = r"qq?[{(](?P<pq>[^{}()\n]{1,200})[)}]"
VALUE = rf"(?:{QUOTED}|{PERL}|{BARE})"
NOTE = r"(?:[ \t]\([A-Za-z0-9 ,./-]{1,30}\))?"  # as in "password (staging): ..."
# Between operator and value: a tag of a page, an anchor or a type in YAML.
BEFORE = (
    r"(?:(?:</?[A-Za-z0-9]{1,10}>[ \t]{0,2}){1,2}|&[A-Za-z0-9_-]{1,40}[ \t]"
    r"|!!(?:str|binary)[ \t])?"
)
TYPE = r"(?:&?(?:'static )?[A-Za-z_][A-Za-z0-9_.\[\]|<>? ]{0,30}[ \t]?:?=[ \t]{0,4})?"
ARROWS = r"\x{2192}|\x{21d2}|\x{ff1a}"
OPERATOR = (
    rf"(?:\*\*)?(?:[?:|!+]{{0,2}}={{1,3}}>?|:{{1,2}}|<-|-{{1,2}}>[ \t]|{ARROWS})(?:\*{{1,2}})?"
)
# A function that turns a literal into another kind of text, as `String::from(` or `b64decode(`.
CONVERTED = (
    r"(?:new[ \t])?(?:\[\])?[A-Za-z0-9_.:]{0,40}?"
    r"(?:[Ss]tring|[Ss]tr|from|of|new|[Bb]ytes?|valueOf|[Ss]ecret"
    r"|b64[dD]ecode|[dD]ecodeString|atob|[lL]it(?:eral)?|TEXT|_T|CFSTR|Ptr|Utf8|[hH]ex"
    r"|unhexlify|MD5|SHA[12]|(?i:password|crypt))\([ \t]{0,4}"
)
# A value on the next line: after an opening bracket or nothing in quotes, in YAML's block style.
NEXT_LINE = r"\\?\r?\n[ \t]{0,40}"
BELOW = (
    rf"(?:(?:[(\[][ \t]{{0,4}})?{NEXT_LINE}{QUOTED}"
    rf"|[|>][+\-]?[ \t]{{0,4}}{NEXT_LINE}(?P<block>[^\s\"'`]{{1,600}}))"
)
RUN = r"[A-Za-z0-9+/_=.\-]"
LONE = rf"(?P<bare>{RUN}{{16,}})"  # a value that is told from words by its length
PROVIDER = rf"(?:^|[^A-Za-z0-9])(?P<name>(?i:{'|'.join(providers.SINGLE)}))"
TEXT = r"(?:<!\[CDATA\[)?(?P<dq>[^<>\s][^<>\n]{0,600}?)(?:\]\]>)?</"
ATTRIBUTES = r"[ \t\n][ -;=?-~]{0,80}"

# What an anchor allows behind the core, and between name and value.  Without limits: an
# automaton that counts costs the pass up to fifteen times as much.
ANY_TAIL = r"[A-Za-z0-9_.\-]*"
TO_ANY_VALUE = (
    rf"(?:{QUOTE})?[ \t]*(?:[,;]|[:=]?[ \t]*\{{)?\s*(?:{QUOTE})?(?:android:)?"
    r"(?i:(?:parameter|option|setting|attribute)?_?value|val|content|plaintext|default|text|password)"
    rf"(?:{QUOTE})?[ \t]*[:=]"
)

# Words between a provider's name and its key.
CALLED = (
    r"(?i:api|key|token|secret|auth|oauth2?|access|client|app|rest|user|account|bearer|pat|jwt|sk"
    r"|server|live|prod|production|webhook|credentials?|is|was)"
)
# Behind a provider's name: what gives a value, opens a call or a cell; a value that begins on the
# same line or below it has a digit in its first word.
GIVES = (
    rf"[\"'`]?(?:[ \t]*[:=]|[A-Za-z.]*\([ \t]*[\"'`]|(?:[ \t]+{CALLED})*[ \t]*[\s|,;:]\s*"
    r"[\"'`]?[A-Za-z_]*[0-9])"
)
STARTS = (
    r"(?i:[ _.]?(?:client|api|sdk|service|connector)|\.(?:client|api|init(?:ialize)?|start|setup"
    r"|configure|connect|login|auth(?:enticate)?|set[a-z_]{0,12}(?:key|token|secret)))?"
)
# A service's name as one member of an object, and its key as the next.
ISSUER = r"\b(?i:service|provider|vendor|integration|platform|name)"
HELD = r"(?i:value|key|token|auth|credential|data)"
SIBLING = r"(?i:name|key|id|field|param|parameter|variable|property|label)"
TO_VALUE = (
    rf"(?:{QUOTE})?[ \t]{{0,2}}[,;{{]?\s{{0,40}}(?:{QUOTE})?(?:android:)?"
    r"(?i:(?:parameter|option|setting|attribute)?_?value|val|content|plaintext|default|text|password)"
    rf"(?:{QUOTE})?{GAP}[:=]"
)

PROSE_NAME = (
    r"(?i:pass ?words?|pass ?phrase|pass ?code|passwd|pwd|\bpw|passwort|kennwort"
    r"|mot de passe|contraseña|senha|hasło|wachtwoord|lösenord|secret(?: key)?|token"
    r"|(?:api|access|private|license|encryption|auth|secret|signing|service|master|account|client)"
    r"[ _-]?key|credentials?)"
)
IS = (
    r"(?:'s|\x{2019}s|\b)[A-Za-z0-9_.'@ \t\-]{0,90}"
    r"(?:[ \t](?:(?i:is|was|are|ist|lautet|est|es|to)|é|è|är|er)|=|:)[ \t]{0,2}:?[ \t]{1,2}"
)
# What prose names as a value and is none: a bare word of few letters.  Anything else is looked at.
NO_WORD = (
    r"(?:[bruf@$LN]{0,2}[\"'`]|\\{1,3}\"|[^\s\"'`<>]{8}"
    r"|[^\s\"'`<>]{0,7}[0-9!#$%&()*+=@\[\]\\^{|}~\x{80}-\x{10ffff}])"
)

# What a user and a password stand behind, with a slash or colon between them.
BOTH = (
    r"(?i:creds|credentials?|\bl/p|\bu/p|(?:log ?-?in|logon|sign ?-?in) (?:with|as|using)"
    r"|log ?-?in:|zugangsdaten|identifiants|credenciales"
    r"|(?:user(?:name)?|login)[ \t]?/[ \t]?pass(?:word)?)"
)
IS_ABROAD = r"\x{ff1a}|\x{ff1d}|是|は|为|為|[ \t](?:je|is|er|to|es|est|это)[ \t]"
SET = r"(?:ENV|ARG|setenv|setx|SetEnv|set[ \t]{1,4}-[A-Za-z]{1,4})"
USER = r"[!#-&(-9;-~]{1,64}"
MYSQL = r"\b(?i:mysql|mysqldump|mysqladmin|mariadb)[ \t]"
LOGIN = r"\b(?i:docker|podman|helm|az|oc)[ \t][a-z \t]{0,24}login[ \t]"
TOOLS = (
    r"\b(?i:mongo(?:sh|dump|restore|import|export)?|redis-cli|sqlcmd|ldap[a-z]{3,8}|bcp|twine"
    r"|mosquitto_[ps]ub|cqlsh|evil-winrm|crackmapexec|netexec|nxc|smbmap|kcadm(?:\.sh)?)[ \t]"
)
WITH_USER = rf"[ \t](?:-u|--user|-a|--auth)[ =]{{0,2}}[\"']?{USER}:"
ARGS = r"[^\n|;&]{0,160}?"
MORE_TOOLS = (
    r"\bhtpasswd[ \t]{1,4}-[a-zA-Z]{0,4}b",
    r"\bnet[ \t]{1,4}use[ \t]",
    r"[ \t]-pass(?:in|out)?[ \t]{1,4}pass:",
    r"\b(?:7za?|rar|unrar)[ \t]{1,4}[aexlt][ \t]",
    r"\b(?:zip|unzip)[ \t]",
    r"[ \t]/rp[ \t]",
)
SHELL = (
    rf"(?:sshpass[ \t]{{1,4}}-p[ \t]{{0,4}}|{MYSQL}(?:{ARGS}[ \t])?-p"
    rf"|{LOGIN}(?:{ARGS}[ \t])?-p[ \t]{{1,4}}|{TOOLS}(?:{ARGS}[ \t])?-[apPw][ \t]{{1,4}}"
    rf"|\b(?:curl|wget|http)\b{ARGS}{WITH_USER})"
)
