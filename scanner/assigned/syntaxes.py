"""The ways in which texts give a value to a name: code, data formats, shells and prose.

An anchor is built from the fragments that its patterns are built from, so that it matches
wherever one of them does.  What stands between name and value is ASCII in all of them: the
multi-pattern engine compiles bounded runs of ASCII to a fraction of what Unicode costs.
"""

from __future__ import annotations

from dataclasses import dataclass

from scanner.assigned import providers
from scanner.assigned.names import ABROAD, CORE, ID

REACH = 1024  # bytes from an anchor's end to the end of a match, at most

TAIL = r"[A-Za-z0-9_.\-]{0,40}"
NAME_CHARS = r"[A-Za-z0-9_.$@\-]"
_QUOTE = r"\\{0,3}[\"'`]"
_GAP = r"[ \t]{0,40}"  # lists are aligned
_NAMED = f"{CORE}{TAIL}"
_NAME = rf"(?P<name>{NAME_CHARS}{{0,60}}{_NAMED})"

# A value in quotes (with its prefix as in b"..."), or bare up to a separator.
_QUOTED = (
    r"(?:\"{3}(?P<tq>[^\"\n]{1,600})\"{3}"
    r"|\"?\\{1,3}\"(?P<eq>[^\"\\\n]{1,600})\\{1,3}\"|[bruf@$LN]{0,2}\"(?P<dq>[^\"\n]{1,600})\""
    r"|[bruf@LN]{0,2}'(?P<sq>[^'\n]{1,600})'|`(?P<bq>[^`\n]{1,600})`)"
)
# It does not begin with `=`: `k=dGhl...cmU==` is no type `dGhl...cmU=` with the value `=`.
_BARE = r"(?P<bare>[^=\s\"'`,;&<>)}\]\\][^\s\"'`,;&<>)}\]\\]*)"
_PERL = r"qq?[{(](?P<pq>[^{}()\n]{1,200})[)}]"
_VALUE = rf"(?:{_QUOTED}|{_PERL}|{_BARE})"
_NOTE = r"(?:[ \t]\([A-Za-z0-9 ,./-]{1,30}\))?"  # as in "password (staging): ..."
# Between operator and value: a tag of a page, an anchor or a type in YAML.
_BEFORE = (
    r"(?:(?:</?[A-Za-z0-9]{1,10}>[ \t]{0,2}){1,2}|&[A-Za-z0-9_-]{1,40}[ \t]"
    r"|!!(?:str|binary)[ \t])?"
)
_TYPE = r"(?:&?(?:'static )?[A-Za-z_][A-Za-z0-9_.\[\]|<>? ]{0,30}[ \t]?:?=[ \t]{0,4})?"
_ARROWS = r"\x{2192}|\x{21d2}|\x{ff1a}"
_OPERATOR = (
    rf"(?:\*\*)?(?:[?:|!+]{{0,2}}={{1,3}}>?|:{{1,2}}|<-|-{{1,2}}>[ \t]|{_ARROWS})(?:\*{{1,2}})?"
)
# A function that turns a literal into another kind of text, as `String::from(` or `b64decode(`.
_CONVERTED = (
    r"(?:new[ \t])?(?:\[\])?[A-Za-z0-9_.:]{0,40}?"
    r"(?:[Ss]tring|[Ss]tr|from|of|new|[Bb]ytes?|valueOf|[Ss]ecret"
    r"|b64[dD]ecode|[dD]ecodeString|atob|[lL]it(?:eral)?|TEXT|_T|CFSTR|Ptr|Utf8|[hH]ex"
    r"|unhexlify|MD5|SHA[12]|(?i:password|crypt))\([ \t]{0,4}"
)
# A value on the next line: after an opening bracket or nothing in quotes, in YAML's block style.
_NEXT_LINE = r"\\?\r?\n[ \t]{0,40}"
_BELOW = (
    rf"(?:(?:[(\[][ \t]{{0,4}})?{_NEXT_LINE}{_QUOTED}"
    rf"|[|>][+\-]?[ \t]{{0,4}}{_NEXT_LINE}(?P<block>[^\s\"'`]{{1,600}}))"
)
_RUN = r"[A-Za-z0-9+/_=.\-]"
_LONE = rf"(?P<bare>{_RUN}{{16,}})"  # a value that is told from words by its length
_PROVIDER = rf"(?:^|[^A-Za-z0-9])(?P<name>(?i:{'|'.join(providers.SINGLE)}))"
_TEXT = r"(?:<!\[CDATA\[)?(?P<dq>[^<>\s][^<>\n]{0,600}?)(?:\]\]>)?</"
_ATTRIBUTES = r"[ \t\n][ -;=?-~]{0,80}"

# What an anchor allows behind the core, and between name and value.  Without limits: an
# automaton that counts costs the pass up to fifteen times as much.
_ANY_TAIL = r"[A-Za-z0-9_.\-]*"
_TO_ANY_VALUE = (
    rf"(?:{_QUOTE})?[ \t]*(?:[,;]|[:=]?[ \t]*\{{)?\s*(?:{_QUOTE})?(?:android:)?"
    r"(?i:(?:parameter|option|setting|attribute)?_?value|val|content|plaintext|default|text|password)"
    rf"(?:{_QUOTE})?[ \t]*[:=]"
)

# Words between a provider's name and its key.
_CALLED = (
    r"(?i:api|key|token|secret|auth|oauth2?|access|client|app|rest|user|account|bearer|pat|jwt|sk"
    r"|server|live|prod|production|webhook|credentials?|is|was)"
)
# Behind a provider's name: what gives a value, opens a call or a cell; a value that begins on the
# same line or below it has a digit in its first word.
_GIVES = (
    rf"[\"'`]?(?:[ \t]*[:=]|[A-Za-z.]*\([ \t]*[\"'`]|(?:[ \t]+{_CALLED})*[ \t]*[\s|,;:]\s*"
    r"[\"'`]?[A-Za-z_]*[0-9])"
)
_STARTS = (
    r"(?i:[ _.]?(?:client|api|sdk|service|connector)|\.(?:client|api|init(?:ialize)?|start|setup"
    r"|configure|connect|login|auth(?:enticate)?|set[a-z_]{0,12}(?:key|token|secret)))?"
)
# A service's name as one member of an object, and its key as the next.
_ISSUER = r"\b(?i:service|provider|vendor|integration|platform|name)"
_HELD = r"(?i:value|key|token|auth|credential|data)"
_SIBLING = r"(?i:name|key|id|field|param|parameter|variable|property|label)"
_TO_VALUE = (
    rf"(?:{_QUOTE})?[ \t]{{0,2}}[,;{{]?\s{{0,40}}(?:{_QUOTE})?(?:android:)?"
    r"(?i:(?:parameter|option|setting|attribute)?_?value|val|content|plaintext|default|text|password)"
    rf"(?:{_QUOTE})?{_GAP}[:=]"
)

_PROSE_NAME = (
    r"(?i:pass ?words?|pass ?phrase|pass ?code|passwd|pwd|\bpw|passwort|kennwort"
    r"|mot de passe|contraseña|senha|hasło|wachtwoord|lösenord|secret(?: key)?|token"
    r"|(?:api|access|private|license|encryption|auth|secret|signing|service|master|account|client)"
    r"[ _-]?key|credentials?)"
)
_IS = (
    r"(?:'s|\x{2019}s|\b)[A-Za-z0-9_.'@ \t\-]{0,90}"
    r"(?:[ \t](?:(?i:is|was|are|ist|lautet|est|es|to)|é|è|är|er)|=|:)[ \t]{0,2}:?[ \t]{1,2}"
)
# What prose names as a value and is none: a bare word of few letters.  Anything else is looked at.
_NO_WORD = (
    r"(?:[bruf@$LN]{0,2}[\"'`]|\\{1,3}\"|[^\s\"'`<>]{8}"
    r"|[^\s\"'`<>]{0,7}[0-9!#$%&()*+=@\[\]\\^{|}~\x{80}-\x{10ffff}])"
)

# What a user and a password stand behind, with a slash or colon between them.
_BOTH = (
    r"(?i:creds|credentials?|\bl/p|\bu/p|(?:log ?-?in|logon|sign ?-?in) (?:with|as|using)"
    r"|log ?-?in:|zugangsdaten|identifiants|credenciales"
    r"|(?:user(?:name)?|login)[ \t]?/[ \t]?pass(?:word)?)"
)
_IS_ABROAD = r"\x{ff1a}|\x{ff1d}|是|は|为|為|[ \t](?:je|is|er|to|es|est|это)[ \t]"
_SET = r"(?:ENV|ARG|setenv|setx|SetEnv|set[ \t]{1,4}-[A-Za-z]{1,4})"
_USER = r"[!#-&(-9;-~]{1,64}"
_MYSQL = r"\b(?i:mysql|mysqldump|mysqladmin|mariadb)[ \t]"
_LOGIN = r"\b(?i:docker|podman|helm|az|oc)[ \t][a-z \t]{0,24}login[ \t]"
_TOOLS = (
    r"\b(?i:mongo(?:sh|dump|restore|import|export)?|redis-cli|sqlcmd|ldap[a-z]{3,8}|bcp|twine"
    r"|mosquitto_[ps]ub|cqlsh|evil-winrm|crackmapexec|netexec|nxc|smbmap|kcadm(?:\.sh)?)[ \t]"
)
_WITH_USER = rf"[ \t](?:-u|--user|-a|--auth)[ =]{{0,2}}[\"']?{_USER}:"
_ARGS = r"[^\n|;&]{0,160}?"
_MORE_TOOLS = (
    r"\bhtpasswd[ \t]{1,4}-[a-zA-Z]{0,4}b",
    r"\bnet[ \t]{1,4}use[ \t]",
    r"[ \t]-pass(?:in|out)?[ \t]{1,4}pass:",
    r"\b(?:7za?|rar|unrar)[ \t]{1,4}[aexlt][ \t]",
    r"\b(?:zip|unzip)[ \t]",
    r"[ \t]/rp[ \t]",
)
_SHELL = (
    rf"(?:sshpass[ \t]{{1,4}}-p[ \t]{{0,4}}|{_MYSQL}(?:{_ARGS}[ \t])?-p"
    rf"|{_LOGIN}(?:{_ARGS}[ \t])?-p[ \t]{{1,4}}|{_TOOLS}(?:{_ARGS}[ \t])?-[apPw][ \t]{{1,4}}"
    rf"|\b(?:curl|wget|http)\b{_ARGS}{_WITH_USER})"
)


@dataclass(frozen=True, slots=True)
class Syntax:
    """One way to write it; the groups of `pattern` are `name` and one of the value groups."""

    name: str
    pattern: str
    before: str = ""  # in a family `behind_names`: what the name stands behind
    prose: bool = False
    loose: bool = (
        False  # what stands beside the name need not be its value: it must speak for itself
    )
    near: bool = False  # a provider's name must stand before it
    stands_for: str = "password"  # the name, where the pattern has none


@dataclass(frozen=True, slots=True)
class Family:
    """Syntaxes that share their anchors."""

    key: str
    anchors: tuple[str, ...]
    syntaxes: tuple[Syntax, ...]
    behind_names: bool = False  # the patterns leave out the name and begin where it ends


FAMILIES = (
    Family(
        "named",
        (
            rf"{CORE}{_ANY_TAIL}(?:\[[0-9]*\])?(?:{_QUOTE})?[\]}})]?[ \t]*"
            r"(?:[=:>(,|;{]|[?!+]=|<-|--?>|\*\*:|\?[:?]|or[ \t])",
            rf"{CORE}{_ANY_TAIL}(?:{_QUOTE})?[ \t]*(?:{_ARROWS})",
        ),
        (
            Syntax(
                "assignment",
                rf"(?:\[[0-9]{{0,3}}\])?(?:{_QUOTE})?[\]}}]?{_NOTE}{_GAP}{_OPERATOR}{_GAP}{_TYPE}"
                rf"{_BEFORE}"
                rf"{_VALUE}",
            ),
            Syntax(
                "converted",
                rf"(?:{_QUOTE})?[\]}}]?{_GAP}{_OPERATOR}{_GAP}{_TYPE}{_CONVERTED}{_QUOTED}",
            ),
            Syntax(
                "setter",
                rf"[\"'`],[ \t]{{0,4}}{_QUOTED}",
                before=r"(?:[Ss]et[A-Za-z]*|[Pp]ut[A-Za-z]*|[dD]efine|env|fetch|[dD]efault[A-Za-z]*"
                r"|[Ss]tring|option|[fF]ield)\([ \t]{0,4}(?:\"[A-Za-z]{1,10}\",[ \t]{0,4})?[\"'`]",
            ),
            Syntax(
                "setter",
                rf",[ \t]{{0,4}}{_QUOTED}",
                before=r"\b(?:[Ss]et|[Pp]ut|[dD]efine)\([ \t]{0,4}",
            ),
            Syntax("tuple", rf",[ \t]{{0,4}}(?:<<)?{_QUOTED}", before=r"\{[ \t]?", loose=True),
            Syntax(
                "row",
                r"`?[ \t]{0,40}\|[ \t]{0,8}"
                r"(?:`(?P<bq>[^`\n]{1,600})`|(?P<bare>[^\s|\"'`<>]{8,}))",
                before=r"\|[ \t]{0,20}`?",
                loose=True,
            ),
            Syntax("joined", rf"=[\"'][ \t]{{0,4}}[+.][ \t]{{0,4}}{_QUOTED}", loose=True),
            Syntax("below", rf"(?:{_QUOTE})?{_GAP}{_OPERATOR}{_GAP}{_BELOW}"),
            Syntax("arguments", rf"[\"'`],[ \t]{{0,4}}{_QUOTED}", before=r"[\"'`]", loose=True),
            Syntax(
                "default",
                r"[\"'`],[^\n\"']{0,60}\b(?:default|value|fallback)(?:_value)?"
                rf"[ \t]?[=:][ \t]?{_QUOTED}",
                before=r"[\"'`]",
            ),
            Syntax(
                "fallback",
                rf"(?:{_GAP}{_OPERATOR}[^\n;]{{0,80}}?|(?:{_QUOTE})?[\])]?{_GAP})"
                rf"(?:\bor\b|\|\||\?[?:])[ \t]{{0,4}}{_QUOTED}",
                loose=True,
            ),
            Syntax(
                "braces",
                rf"(?:{_QUOTE})?{_GAP}(?:{_OPERATOR}{_GAP}(?:[A-Za-z<>? ]{{1,30}}[ \t])?[{{\[]|\{{)"
                r"(?:\s{0,20}[\"'][A-Za-z0-9_.-]{1,40}[\"'][ \t]?(?:=>|[:=]))?"
                rf"[ \t]{{0,4}}{_QUOTED}",
                loose=True,
            ),
            Syntax(
                "table",
                rf"[\"'`]?{_GAP}(?:[|,;]|\*\*:)[ \t]{{0,8}}(?:{_QUOTED}|(?P<bare>{_RUN}{{16,}}))",
                loose=True,
            ),
            Syntax("element", rf">{_TEXT}", before="<(?:[A-Za-z0-9]{1,20}:)?"),
            Syntax("call", rf"\([ \t]{{0,4}}{_QUOTED}[ \t]{{0,4}}\)"),
            Syntax("list", rf"[\"'],[ \t]{{0,4}}{_QUOTED}", before=r"[\"']--?"),
        ),
        behind_names=True,
    ),
    Family(
        "element",
        (f"{CORE}{_ANY_TAIL}{_ATTRIBUTES}>",),
        (
            Syntax(
                "element",
                rf"<(?:[A-Za-z0-9]{{1,20}}:)?{_NAME}{_ATTRIBUTES}>{_TEXT}",
            ),
        ),
    ),
    Family(
        "cells",
        (
            rf"{CORE}{_ANY_TAIL}:?</[A-Za-z0-9:-]+>\s*<[A-Za-z0-9:-]+(?:[ \t][^<>]*)?>",
            rf"{CORE}{_ANY_TAIL}[\"'][ -;=?-~]*>",
        ),
        (
            Syntax(
                "element",
                rf"<[A-Za-z0-9.:]{{1,30}}[ \t][ -;=?-~]{{0,60}}\b(?:name|key|id)=[\"']{_NAME}[\"']"
                rf"[ -;=?-~]{{0,60}}>\s{{0,20}}(?:<[vV]alue>)?{_TEXT}",
            ),
            Syntax(
                "entry",
                rf"<[A-Za-z0-9:-]{{0,20}}(?:[kK]ey|[nN]ame)>{_NAME}</[A-Za-z0-9:-]{{1,20}}>\s{{0,40}}"
                r"<[A-Za-z0-9:-]{0,20}(?:[sS]tring|[vV]alue|[dD]ata)(?:[ \t][^<>]{0,80})?>"
                f"{_TEXT}",
            ),
            Syntax(
                "cells",
                rf">{_NAME}:?</[A-Za-z0-9:-]{{1,20}}>\s{{0,40}}<[A-Za-z0-9:-]{{1,20}}>{_TEXT}",
                loose=True,
            ),
        ),
    ),
    Family(
        "spaced",
        (
            rf"{CORE}{_ANY_TAIL}[ \t]+(?:(?:As[ \t])?[A-Za-z*]+[ \t]*=[ \t]*|@)?[\"'`]",
            rf"{CORE}{_ANY_TAIL}[ \t]+(?:--?[ \t]+)?{_RUN}{{16}}",
            rf"\b{_SET}[ \t]+[A-Za-z0-9_.]*{CORE}{_ANY_TAIL}[ \t]",
        ),
        (
            Syntax(
                "typed",
                rf"{_NAME}[ \t]{{1,4}}(?:As[ \t])?[A-Za-z_*][A-Za-z0-9_.*\[\]]{{0,20}}[ \t]{{0,4}}"
                rf"=[ \t]{{0,4}}{_QUOTED}",
            ),
            Syntax(
                "spaced",
                rf"{_NAME}[ \t]{{1,4}}(?:--?[ \t]{{1,4}})?(?:{_QUOTED}|(?P<bare>{_RUN}{{16,}}))",
                loose=True,
            ),
            Syntax("define", rf"\bdefine[ \t]{{1,4}}{_NAME}[ \t]{{1,20}}{_QUOTED}"),
            Syntax(
                "set",
                rf"\b{_SET}[ \t]{{1,4}}{_NAME}[ \t]{{1,4}}{_VALUE}",
            ),
        ),
    ),
    Family(
        "id",
        (rf"{ID}(?:{_QUOTE})?\]?[ \t]*(?:[A-Za-z]+[ \t]*)?(?:[=:>,|]|[?!+]=)",),
        (
            Syntax(
                "assignment",
                rf"(?P<name>[A-Za-z0-9_.$@\-]{{0,60}}{ID})(?:{_QUOTE})?\]?{_GAP}"
                rf"(?:[A-Za-z]{{1,20}}[ \t]{{1,4}})?(?:{_OPERATOR}|,){_GAP}"
                rf"(?:{_QUOTED}|(?P<bare>{_RUN}{{12,}}))",
                loose=True,
            ),
        ),
    ),
    Family(
        "query",
        (r"[?&](?i:key|appid|app_?key)=[A-Za-z0-9_-]{16}",),
        (
            Syntax(
                "query",
                r"(?i:https?://[A-Za-z0-9.-]{0,100}\bapi[A-Za-z0-9.-]{0,100}(?::[0-9]{1,5})?/"
                r"[^\s\"'<>?]{0,200}\?(?:[^\s\"'<>]{0,200}&)?(?:key|appid|app_?key))="
                rf"(?P<bare>{_RUN}{{16,}})",
                stands_for="api_key",
            ),
        ),
    ),
    Family(
        "provider",
        tuple(rf"(?i:{name}){_GIVES}" for name in providers.SINGLE),
        (
            Syntax(
                "assignment",
                rf"{_PROVIDER}(?:{_QUOTE})?{_GAP}{_OPERATOR}{_GAP}(?:{_QUOTED}|{_LONE})",
                loose=True,
            ),
            Syntax(
                "beside",
                rf"{_PROVIDER}(?:[ \t]{{1,4}}{_CALLED}){{1,4}}:?\s{{1,8}}(?:{_QUOTED}|{_LONE})",
                loose=True,
            ),
            Syntax(
                "beside",
                rf"{_PROVIDER}[ \t]{{1,4}}(?:[\"'`](?P<sq>{_RUN}{{20,}})[\"'`]"
                r"|(?P<bare>[A-Za-z0-9]{32,}))",
                loose=True,
            ),
            Syntax(
                "cell",
                rf"{_PROVIDER}(?:{_QUOTE})?[ \t]{{0,20}}[|,;][ \t]{{0,20}}[\"'`]?"
                r"(?P<bare>[A-Za-z0-9_-]{20,})(?:$|[^A-Za-z0-9_./-])",
                loose=True,
            ),
            Syntax("call", rf"{_PROVIDER}{_STARTS}\([ \t]{{0,4}}{_QUOTED}", loose=True),
            Syntax(
                "call",
                rf"{_PROVIDER}{_STARTS}\([ \t]{{0,4}}[\"'][^\"'\n]{{1,60}}[\"'],"
                rf"[ \t]{{0,4}}{_QUOTED}",
                loose=True,
            ),
        ),
    ),
    Family(
        "member",
        (
            rf"{_ISSUER}(?:{_QUOTE})?[ \t]*[:=>][ \t]*(?:{_QUOTE})?[A-Za-z][A-Za-z0-9_. -]*"
            rf"(?:{_QUOTE})?(?:</[A-Za-z]+>|[ \t]*[,;])?\s*<?(?:{_QUOTE})?{_HELD}"
            rf"(?:{_QUOTE})?[ \t]*[:=>]",
        ),
        (
            Syntax(
                "member",
                rf"{_ISSUER}(?:{_QUOTE})?{_GAP}[:=>]{_GAP}(?:{_QUOTE})?"
                r"(?P<name>[A-Za-z][A-Za-z0-9_. -]{1,30}?)"
                rf"(?:{_QUOTE})?(?:</[A-Za-z]{{1,20}}>|[ \t]{{0,4}}[,;])?\s{{0,40}}"
                rf"<?(?:{_QUOTE})?{_HELD}(?:{_QUOTE})?{_GAP}[:=>]{_GAP}(?:{_QUOTED}|{_LONE})",
                loose=True,
            ),
        ),
    ),
    Family(
        "key",
        (r"\b(?i:key)[\"'`]?[ \t]*(?:[:=]>?)[ \t]*[\"'`]?[0-9A-Za-z_-]{16}",),
        (
            Syntax(
                "assignment",
                rf"(?:^|[^A-Za-z0-9_.$@-])(?P<name>(?i:key))(?:{_QUOTE})?{_GAP}{_OPERATOR}{_GAP}"
                rf"(?:{_QUOTED}|{_LONE})",
                loose=True,
                near=True,
            ),
            Syntax(
                "section",
                rf"\b(?i:jwt)[A-Za-z]{{0,12}}(?:{_QUOTE})?[ \t]?:{_GAP}"
                r"(?:\{[^{}]{0,300}?|\r?\n[ \t]+(?:[^\n]{0,120}\n[ \t]+){0,4}?)"
                rf"\b(?i:key)(?:{_QUOTE})?{_GAP}[:=]{_GAP}(?:{_QUOTED}|{_LONE})",
                stands_for="jwt_key",
            ),
        ),
    ),
    Family(
        "header",
        (r"(?i:authori[sz]ation)(?:[\"'`])?\]?[ \t]*[=:,]",),
        (
            Syntax(
                "header",
                rf"(?i:authori[sz]ation)(?:{_QUOTE})?\]?{_GAP}(?:=>|[=:,]){_GAP}(?:{_QUOTE})?"
                r"(?i:(?:token|api[-_ ]?key|key|bot|oauth|ssws|genie ?key|secret|pat|jwt)"
                r"(?:[ \t]{1,2}|[ \t]?[=:][ \t]?)(?:token=|key=)?)?"
                rf"(?:{_QUOTE})?(?P<bare>{_RUN}{{16,}})",
                stands_for="auth_token",
            ),
        ),
    ),
    Family(
        "pair",
        (
            f"{CORE}{_ANY_TAIL}{_TO_ANY_VALUE}",
            rf"{CORE}{_ANY_TAIL}[\"']?[ \t]+--(?:value|body|secret|plaintext|data)",
            rf"variable[ \t]+\"[a-z0-9_.-]*{CORE}{_ANY_TAIL}\"[ \t]*\{{",
        ),
        (
            Syntax(
                "flags",
                rf"{_NAME}[\"']?[ \t]{{1,4}}--(?:value|body|secret-(?:string|value)|plaintext|data)"
                rf"[ =]{{1,2}}{_VALUE}",
            ),
            Syntax(
                "variable",
                rf"variable[ \t]{{1,4}}\"{_NAME}\"[ \t]{{0,4}}\{{[^{{}}]{{0,400}}?"
                rf"\bdefault[ \t]{{0,20}}=[ \t]{{0,4}}{_QUOTED}",
            ),
            Syntax(
                "object",
                rf"{_NAME}(?:{_QUOTE})?{_GAP}[:=]{_GAP}\{{\s{{0,40}}(?:{_QUOTE})?"
                rf"(?i:value|default|plaintext|content)(?:{_QUOTE})?{_GAP}[:=]{_GAP}{_VALUE}",
            ),
            Syntax(
                "pair",
                rf"{_SIBLING}(?:{_QUOTE})?(?:{_GAP}[:=]{_GAP}|[ \t]{{1,4}})(?:{_QUOTE})?"
                rf"(?:[A-Za-z0-9_.-]{{1,30}}[:/]){{0,3}}{_NAME}"
                rf"{_TO_VALUE}{_GAP}{_VALUE}",
            ),
        ),
    ),
    Family(
        "yoda",
        (rf"[\"'`](?:\.equals\(|\.equalsIgnoreCase\(|[ \t]*[!=]==?[ \t]*)[A-Za-z0-9_.$]*{CORE}",),
        (
            Syntax(
                "compared",
                rf"{_QUOTED}(?:\.equals(?:IgnoreCase)?\(|[ \t]{{0,2}}[!=]={{1,2}})[ \t]{{0,2}}"
                rf"(?P<name>[A-Za-z0-9_.$]{{0,60}}{_NAMED})",
            ),
        ),
    ),
    Family(
        "flag",
        (rf"-[A-Za-z0-9_.$@\-]*{CORE}{_ANY_TAIL}[ \t]",),
        (
            Syntax(
                "flag",
                rf"(?:^|[\s\"'\[,])--?{_NAME}[ \t]{{1,4}}(?:{_QUOTED}|"
                r"(?P<bare>[^\s\"'`;&<>)}\]\\-][^\s\"'`;&<>)}\]\\]*))",
            ),
        ),
    ),
    Family(
        "shell",
        (r"sshpass[ \t]{1,4}-p", _MYSQL, _LOGIN, _TOOLS, _WITH_USER, *_MORE_TOOLS),
        (
            Syntax("shell", f"{_SHELL}{_VALUE}"),
            Syntax(
                "shell",
                r"(?:\bhtpasswd[ \t]{1,4}-[a-zA-Z]{0,4}b[^\n|;&]{0,80}[ \t][^ \t\n]{1,80}"
                r"[ \t]{1,4}[^ \t\n]{1,40}[ \t]{1,4}"
                r"|\bnet[ \t]{1,4}use[ \t][^\n|;&]{0,80}/user:[^ \t\n]{1,40}[ \t]{1,4}"
                r"|[ \t]-pass(?:in|out)?[ \t]{1,4}pass:"
                r"|\b(?:7za?|rar|unrar)[ \t]{1,4}[aexlt][ \t][^\n|;&]{0,80}?-p"
                r"|\b(?i:schtasks)[ \t][^\n|;&]{0,200}?[ \t]/(?i:rp)[ \t]{1,4}"
                rf"|\b(?:zip|unzip)[ \t][^\n|;&]{{0,40}}?-P[ \t]{{1,4}}){_VALUE}",
            ),
            Syntax(
                "user",
                rf"\b(?:curl|wget|http)\b{_ARGS}[ \t](?:-u|--user)[ =]{{0,2}}[\"']?"
                rf"(?P<bare>{_RUN}{{16,}}):",
                stands_for="auth_token",
            ),
            Syntax("user", rf"{_WITH_USER}{_VALUE}", loose=True),
        ),
    ),
    Family(
        "abroad",
        (rf"{ABROAD}[ \t]*(?:[\"']?[ \t]*[:=]|{_IS_ABROAD})",),
        (
            Syntax(
                "abroad",
                rf"{ABROAD}[ \t]{{0,3}}(?:[\"']?[ \t]{{0,3}}[:=]|{_IS_ABROAD})[ \t]{{0,3}}"
                rf"(?:{_QUOTED}|(?P<bare>[!-&(-;=?-~]{{6,64}}))",
                prose=True,
            ),
        ),
    ),
    Family(
        "login",
        (
            rf"{_BOTH}[ \t]*(?:[ \t:=-]|{_ARROWS})[ \t>]*(?:are[ \t])?"
            r"[A-Za-z0-9_.@-]+[ \t]*[/:][ \t]*[!-~]{6}",
            r"\b(?i:u|user|usr|login)[ \t]*[:=][ \t]*[^ \t\n]+[ \t,;/|]+(?i:p|pw)[ \t]*[:=]",
        ),
        (
            Syntax(
                "login",
                rf"{_BOTH}(?:[ \t]{{0,3}}(?:[:=-]>?|{_ARROWS})[ \t]{{0,3}}"
                r"|[ \t]{1,3}(?:are[ \t])?)"
                r"[A-Za-z0-9_.@-]{2,64}[ \t]{0,2}[/:][ \t]{0,2}"
                r"(?P<bare>[!#-&(-.0-;=?-_a-~]{6,64})(?:$|[\s),])",
                prose=True,
                loose=True,
            ),
            Syntax(
                "login",
                r"\b(?i:u|user|usr|login)[ \t]{0,2}[:=][ \t]{0,2}[^ \t\n(){}=;,\"'`]{2,64}"
                r"[ \t,;/|]{1,4}(?i:p|pw)[ \t]{0,2}[:=][ \t]{0,2}"
                r"(?P<bare>[!-&(-.0-:=?-z|~]{6,64})(?:$|[\s),])",
                prose=True,
                loose=True,
            ),
        ),
    ),
    Family(
        "beside",
        (r"(?:\b|_)(?i:pass|password|passwd|passwort|pw|pwd)[ \t][^\s]*[!@#$%^&*?+=~]",),
        (
            Syntax(
                "beside",
                r"(?:^|[\s(\[\"',;])(?:[A-Za-z0-9_.-]{0,60}[._-])?"
                r"(?i:pass|password|passwd|passwort|pw|pwd)[ \t]{1,2}"
                r"(?P<bare>[!-&*-;=?-~]{1,30}[!@#$%^&*?+~][!-&*-;=?-~]{0,20})(?:$|[\s)\],])",
                prose=True,
                loose=True,
            ),
        ),
    ),
    Family(
        "prose",
        (f"{_PROSE_NAME}{_IS}{_NO_WORD}",),
        (
            Syntax(
                "prose",
                rf"(?:^|[^A-Za-z0-9_.])(?P<name>{_PROSE_NAME}){_IS}(?:{_QUOTED}|(?P<bare>[^\s\"'`<>]+))",
                prose=True,
            ),
        ),
    ),
)
