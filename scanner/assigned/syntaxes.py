"""The ways in which texts give a value to a name: code, data formats, shells and prose.

An anchor is built from the fragments that its patterns are built from, so that it matches
wherever one of them does.
"""

from __future__ import annotations

from dataclasses import dataclass

from scanner.assigned import providers
from scanner.assigned.fragments import (
    ANY_TAIL,
    ARGS,
    ARROWS,
    ATTRIBUTES,
    BEFORE,
    BELOW,
    BOTH,
    CALLED,
    CONVERTED,
    GAP,
    GIVES,
    HELD,
    IS,
    IS_ABROAD,
    ISSUER,
    LOGIN,
    LONE,
    MORE_TOOLS,
    MYSQL,
    NAME,
    NAMED,
    NO_WORD,
    NOTE,
    OPERATOR,
    PROSE_NAME,
    PROVIDER,
    QUOTE,
    QUOTED,
    RUN,
    SET,
    SHELL,
    SIBLING,
    STARTS,
    TEXT,
    TO_ANY_VALUE,
    TO_VALUE,
    TOOLS,
    TYPE,
    VALUE,
    WITH_USER,
)
from scanner.assigned.names import ABROAD, CORE, ID


@dataclass(frozen=True, slots=True)
class Syntax:
    """One way to write it; the groups of `pattern` are `name` and one of the value groups."""

    name: str
    pattern: str
    before: str = ""  # in a family `behind_names`: what the name stands behind
    prose: bool = False
    # What stands beside the name need not be its value: it must speak for itself.
    loose: bool = False
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
            rf"{CORE}{ANY_TAIL}(?:\[[0-9]*\])?(?:{QUOTE})?[\]}})]?[ \t]*"
            r"(?:[=:>(,|;{]|[?!+]=|<-|--?>|\*\*:|\?[:?]|or[ \t])",
            rf"{CORE}{ANY_TAIL}(?:{QUOTE})?[ \t]*(?:{ARROWS})",
        ),
        (
            Syntax(
                "assignment",
                rf"(?:\[[0-9]{{0,3}}\])?(?:{QUOTE})?[\]}}]?{NOTE}{GAP}{OPERATOR}{GAP}{TYPE}"
                rf"{BEFORE}"
                rf"{VALUE}",
            ),
            Syntax(
                "converted",
                rf"(?:{QUOTE})?[\]}}]?{GAP}{OPERATOR}{GAP}{TYPE}{CONVERTED}{QUOTED}",
            ),
            Syntax(
                "setter",
                rf"[\"'`],[ \t]{{0,4}}{QUOTED}",
                before=r"(?:[Ss]et[A-Za-z]*|[Pp]ut[A-Za-z]*|[dD]efine|env|fetch|[dD]efault[A-Za-z]*"
                r"|[Ss]tring|option|[fF]ield)\([ \t]{0,4}(?:\"[A-Za-z]{1,10}\",[ \t]{0,4})?[\"'`]",
            ),
            Syntax(
                "setter",
                rf",[ \t]{{0,4}}{QUOTED}",
                before=r"\b(?:[Ss]et|[Pp]ut|[dD]efine)\([ \t]{0,4}",
            ),
            Syntax("tuple", rf",[ \t]{{0,4}}(?:<<)?{QUOTED}", before=r"\{[ \t]?", loose=True),
            Syntax(
                "row",
                r"`?[ \t]{0,40}\|[ \t]{0,8}"
                r"(?:`(?P<bq>[^`\n]{1,600})`|(?P<bare>[^\s|\"'`<>]{8,}))",
                before=r"\|[ \t]{0,20}`?",
                loose=True,
            ),
            Syntax("joined", rf"=[\"'][ \t]{{0,4}}[+.][ \t]{{0,4}}{QUOTED}", loose=True),
            Syntax("below", rf"(?:{QUOTE})?{GAP}{OPERATOR}{GAP}{BELOW}"),
            Syntax("arguments", rf"[\"'`],[ \t]{{0,4}}{QUOTED}", before=r"[\"'`]", loose=True),
            Syntax(
                "default",
                r"[\"'`],[^\n\"']{0,60}\b(?:default|value|fallback)(?:_value)?"
                rf"[ \t]?[=:][ \t]?{QUOTED}",
                before=r"[\"'`]",
            ),
            Syntax(
                "fallback",
                rf"(?:{GAP}{OPERATOR}[^\n;]{{0,80}}?|(?:{QUOTE})?[\])]?{GAP})"
                rf"(?:\bor\b|\|\||\?[?:])[ \t]{{0,4}}{QUOTED}",
                loose=True,
            ),
            Syntax(
                "braces",
                rf"(?:{QUOTE})?{GAP}(?:{OPERATOR}{GAP}(?:[A-Za-z<>? ]{{1,30}}[ \t])?[{{\[]|\{{)"
                r"(?:\s{0,20}[\"'][A-Za-z0-9_.-]{1,40}[\"'][ \t]?(?:=>|[:=]))?"
                rf"[ \t]{{0,4}}{QUOTED}",
                loose=True,
            ),
            Syntax(
                "table",
                rf"[\"'`]?{GAP}(?:[|,;]|\*\*:)[ \t]{{0,8}}(?:{QUOTED}|(?P<bare>{RUN}{{16,}}))",
                loose=True,
            ),
            Syntax("element", rf">{TEXT}", before="<(?:[A-Za-z0-9]{1,20}:)?"),
            Syntax("call", rf"\([ \t]{{0,4}}{QUOTED}[ \t]{{0,4}}\)"),
            Syntax("list", rf"[\"'],[ \t]{{0,4}}{QUOTED}", before=r"[\"']--?"),
        ),
        behind_names=True,
    ),
    Family(
        "element",
        (f"{CORE}{ANY_TAIL}{ATTRIBUTES}>",),
        (
            Syntax(
                "element",
                rf"<(?:[A-Za-z0-9]{{1,20}}:)?{NAME}{ATTRIBUTES}>{TEXT}",
            ),
        ),
    ),
    Family(
        "cells",
        (
            rf"{CORE}{ANY_TAIL}:?</[A-Za-z0-9:-]+>\s*<[A-Za-z0-9:-]+(?:[ \t][^<>]*)?>",
            rf"{CORE}{ANY_TAIL}[\"'][ -;=?-~]*>",
        ),
        (
            Syntax(
                "element",
                rf"<[A-Za-z0-9.:]{{1,30}}[ \t][ -;=?-~]{{0,60}}\b(?:name|key|id)=[\"']{NAME}[\"']"
                rf"[ -;=?-~]{{0,60}}>\s{{0,20}}(?:<[vV]alue>)?{TEXT}",
            ),
            Syntax(
                "entry",
                rf"<[A-Za-z0-9:-]{{0,20}}(?:[kK]ey|[nN]ame)>{NAME}</[A-Za-z0-9:-]{{1,20}}>\s{{0,40}}"
                r"<[A-Za-z0-9:-]{0,20}(?:[sS]tring|[vV]alue|[dD]ata)(?:[ \t][^<>]{0,80})?>"
                f"{TEXT}",
            ),
            Syntax(
                "cells",
                rf">{NAME}:?</[A-Za-z0-9:-]{{1,20}}>\s{{0,40}}<[A-Za-z0-9:-]{{1,20}}>{TEXT}",
                loose=True,
            ),
        ),
    ),
    Family(
        "spaced",
        (
            rf"{CORE}{ANY_TAIL}[ \t]+(?:(?:As[ \t])?[A-Za-z*]+[ \t]*=[ \t]*|@)?[\"'`]",
            rf"{CORE}{ANY_TAIL}[ \t]+(?:--?[ \t]+)?{RUN}{{16}}",
            rf"\b{SET}[ \t]+[A-Za-z0-9_.]*{CORE}{ANY_TAIL}[ \t]",
        ),
        (
            Syntax(
                "typed",
                rf"{NAME}[ \t]{{1,4}}(?:As[ \t])?[A-Za-z_*][A-Za-z0-9_.*\[\]]{{0,20}}[ \t]{{0,4}}"
                rf"=[ \t]{{0,4}}{QUOTED}",
            ),
            Syntax(
                "spaced",
                rf"{NAME}[ \t]{{1,4}}(?:--?[ \t]{{1,4}})?(?:{QUOTED}|(?P<bare>{RUN}{{16,}}))",
                loose=True,
            ),
            Syntax("define", rf"\bdefine[ \t]{{1,4}}{NAME}[ \t]{{1,20}}{QUOTED}"),
            Syntax(
                "set",
                rf"\b{SET}[ \t]{{1,4}}{NAME}[ \t]{{1,4}}{VALUE}",
            ),
        ),
    ),
    Family(
        "id",
        (rf"{ID}(?:{QUOTE})?\]?[ \t]*(?:[A-Za-z]+[ \t]*)?(?:[=:>,|]|[?!+]=)",),
        (
            Syntax(
                "assignment",
                rf"(?P<name>[A-Za-z0-9_.$@\-]{{0,60}}{ID})(?:{QUOTE})?\]?{GAP}"
                rf"(?:[A-Za-z]{{1,20}}[ \t]{{1,4}})?(?:{OPERATOR}|,){GAP}"
                rf"(?:{QUOTED}|(?P<bare>{RUN}{{12,}}))",
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
                rf"(?P<bare>{RUN}{{16,}})",
                stands_for="api_key",
            ),
        ),
    ),
    Family(
        "provider",
        tuple(rf"(?i:{name}){GIVES}" for name in providers.SINGLE),
        (
            Syntax(
                "assignment",
                rf"{PROVIDER}(?:{QUOTE})?{GAP}{OPERATOR}{GAP}(?:{QUOTED}|{LONE})",
                loose=True,
            ),
            Syntax(
                "beside",
                rf"{PROVIDER}(?:[ \t]{{1,4}}{CALLED}){{1,4}}:?\s{{1,8}}(?:{QUOTED}|{LONE})",
                loose=True,
            ),
            Syntax(
                "beside",
                rf"{PROVIDER}[ \t]{{1,4}}(?:[\"'`](?P<sq>{RUN}{{20,}})[\"'`]"
                r"|(?P<bare>[A-Za-z0-9]{32,}))",
                loose=True,
            ),
            Syntax(
                "cell",
                rf"{PROVIDER}(?:{QUOTE})?[ \t]{{0,20}}[|,;][ \t]{{0,20}}[\"'`]?"
                r"(?P<bare>[A-Za-z0-9_-]{20,})(?:$|[^A-Za-z0-9_./-])",
                loose=True,
            ),
            Syntax("call", rf"{PROVIDER}{STARTS}\([ \t]{{0,4}}{QUOTED}", loose=True),
            Syntax(
                "call",
                rf"{PROVIDER}{STARTS}\([ \t]{{0,4}}[\"'][^\"'\n]{{1,60}}[\"'],"
                rf"[ \t]{{0,4}}{QUOTED}",
                loose=True,
            ),
        ),
    ),
    Family(
        "member",
        (
            rf"{ISSUER}(?:{QUOTE})?[ \t]*[:=>][ \t]*(?:{QUOTE})?[A-Za-z][A-Za-z0-9_. -]*"
            rf"(?:{QUOTE})?(?:</[A-Za-z]+>|[ \t]*[,;])?\s*<?(?:{QUOTE})?{HELD}"
            rf"(?:{QUOTE})?[ \t]*[:=>]",
        ),
        (
            Syntax(
                "member",
                rf"{ISSUER}(?:{QUOTE})?{GAP}[:=>]{GAP}(?:{QUOTE})?"
                r"(?P<name>[A-Za-z][A-Za-z0-9_. -]{1,30}?)"
                rf"(?:{QUOTE})?(?:</[A-Za-z]{{1,20}}>|[ \t]{{0,4}}[,;])?\s{{0,40}}"
                rf"<?(?:{QUOTE})?{HELD}(?:{QUOTE})?{GAP}[:=>]{GAP}(?:{QUOTED}|{LONE})",
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
                rf"(?:^|[^A-Za-z0-9_.$@-])(?P<name>(?i:key))(?:{QUOTE})?{GAP}{OPERATOR}{GAP}"
                rf"(?:{QUOTED}|{LONE})",
                loose=True,
                near=True,
            ),
            Syntax(
                "section",
                rf"\b(?i:jwt)[A-Za-z]{{0,12}}(?:{QUOTE})?[ \t]?:{GAP}"
                r"(?:\{[^{}]{0,300}?|\r?\n[ \t]+(?:[^\n]{0,120}\n[ \t]+){0,4}?)"
                rf"\b(?i:key)(?:{QUOTE})?{GAP}[:=]{GAP}(?:{QUOTED}|{LONE})",
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
                rf"(?i:authori[sz]ation)(?:{QUOTE})?\]?{GAP}(?:=>|[=:,]){GAP}(?:{QUOTE})?"
                r"(?i:(?:token|api[-_ ]?key|key|bot|oauth|ssws|genie ?key|secret|pat|jwt)"
                r"(?:[ \t]{1,2}|[ \t]?[=:][ \t]?)(?:token=|key=)?)?"
                rf"(?:{QUOTE})?(?P<bare>{RUN}{{16,}})",
                stands_for="auth_token",
            ),
        ),
    ),
    Family(
        "pair",
        (
            f"{CORE}{ANY_TAIL}{TO_ANY_VALUE}",
            rf"{CORE}{ANY_TAIL}[\"']?[ \t]+--(?:value|body|secret|plaintext|data)",
            rf"variable[ \t]+\"[a-z0-9_.-]*{CORE}{ANY_TAIL}\"[ \t]*\{{",
        ),
        (
            Syntax(
                "flags",
                rf"{NAME}[\"']?[ \t]{{1,4}}--(?:value|body|secret-(?:string|value)|plaintext|data)"
                rf"[ =]{{1,2}}{VALUE}",
            ),
            Syntax(
                "variable",
                rf"variable[ \t]{{1,4}}\"{NAME}\"[ \t]{{0,4}}\{{[^{{}}]{{0,400}}?"
                rf"\bdefault[ \t]{{0,20}}=[ \t]{{0,4}}{QUOTED}",
            ),
            Syntax(
                "object",
                rf"{NAME}(?:{QUOTE})?{GAP}[:=]{GAP}\{{\s{{0,40}}(?:{QUOTE})?"
                rf"(?i:value|default|plaintext|content)(?:{QUOTE})?{GAP}[:=]{GAP}{VALUE}",
            ),
            Syntax(
                "pair",
                rf"{SIBLING}(?:{QUOTE})?(?:{GAP}[:=]{GAP}|[ \t]{{1,4}})(?:{QUOTE})?"
                rf"(?:[A-Za-z0-9_.-]{{1,30}}[:/]){{0,3}}{NAME}"
                rf"{TO_VALUE}{GAP}{VALUE}",
            ),
        ),
    ),
    Family(
        "yoda",
        (rf"[\"'`](?:\.equals\(|\.equalsIgnoreCase\(|[ \t]*[!=]==?[ \t]*)[A-Za-z0-9_.$]*{CORE}",),
        (
            Syntax(
                "compared",
                rf"{QUOTED}(?:\.equals(?:IgnoreCase)?\(|[ \t]{{0,2}}[!=]={{1,2}})[ \t]{{0,2}}"
                rf"(?P<name>[A-Za-z0-9_.$]{{0,60}}{NAMED})",
            ),
        ),
    ),
    Family(
        "flag",
        (rf"-[A-Za-z0-9_.$@\-]*{CORE}{ANY_TAIL}[ \t]",),
        (
            Syntax(
                "flag",
                rf"(?:^|[\s\"'\[,])--?{NAME}[ \t]{{1,4}}(?:{QUOTED}|"
                r"(?P<bare>[^\s\"'`;&<>)}\]\\-][^\s\"'`;&<>)}\]\\]*))",
            ),
        ),
    ),
    Family(
        "shell",
        (r"sshpass[ \t]{1,4}-p", MYSQL, LOGIN, TOOLS, WITH_USER, *MORE_TOOLS),
        (
            Syntax("shell", f"{SHELL}{VALUE}"),
            Syntax(
                "shell",
                r"(?:\bhtpasswd[ \t]{1,4}-[a-zA-Z]{0,4}b[^\n|;&]{0,80}[ \t][^ \t\n]{1,80}"
                r"[ \t]{1,4}[^ \t\n]{1,40}[ \t]{1,4}"
                r"|\bnet[ \t]{1,4}use[ \t][^\n|;&]{0,80}/user:[^ \t\n]{1,40}[ \t]{1,4}"
                r"|[ \t]-pass(?:in|out)?[ \t]{1,4}pass:"
                r"|\b(?:7za?|rar|unrar)[ \t]{1,4}[aexlt][ \t][^\n|;&]{0,80}?-p"
                r"|\b(?i:schtasks)[ \t][^\n|;&]{0,200}?[ \t]/(?i:rp)[ \t]{1,4}"
                rf"|\b(?:zip|unzip)[ \t][^\n|;&]{{0,40}}?-P[ \t]{{1,4}}){VALUE}",
            ),
            Syntax(
                "user",
                rf"\b(?:curl|wget|http)\b{ARGS}[ \t](?:-u|--user)[ =]{{0,2}}[\"']?"
                rf"(?P<bare>{RUN}{{16,}}):",
                stands_for="auth_token",
            ),
            Syntax("user", rf"{WITH_USER}{VALUE}", loose=True),
        ),
    ),
    Family(
        "abroad",
        (rf"{ABROAD}[ \t]*(?:[\"']?[ \t]*[:=]|{IS_ABROAD})",),
        (
            Syntax(
                "abroad",
                rf"{ABROAD}[ \t]{{0,3}}(?:[\"']?[ \t]{{0,3}}[:=]|{IS_ABROAD})[ \t]{{0,3}}"
                rf"(?:{QUOTED}|(?P<bare>[!-&(-;=?-~]{{6,64}}))",
                prose=True,
            ),
        ),
    ),
    Family(
        "login",
        (
            rf"{BOTH}[ \t]*(?:[ \t:=-]|{ARROWS})[ \t>]*(?:are[ \t])?"
            r"[A-Za-z0-9_.@-]+[ \t]*[/:][ \t]*[!-~]{6}",
            r"\b(?i:u|user|usr|login)[ \t]*[:=][ \t]*[^ \t\n]+[ \t,;/|]+(?i:p|pw)[ \t]*[:=]",
        ),
        (
            Syntax(
                "login",
                rf"{BOTH}(?:[ \t]{{0,3}}(?:[:=-]>?|{ARROWS})[ \t]{{0,3}}"
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
        (f"{PROSE_NAME}{IS}{NO_WORD}",),
        (
            Syntax(
                "prose",
                rf"(?:^|[^A-Za-z0-9_.])(?P<name>{PROSE_NAME}){IS}(?:{QUOTED}|(?P<bare>[^\s\"'`<>]+))",
                prose=True,
            ),
        ),
    ),
)
