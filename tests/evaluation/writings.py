"""How a value gets its name in code, configuration, shells, requests, documents and talk.

Each writing is a template: `N` is the name, `V` the value, in the spelling that the place uses.
"""

from __future__ import annotations

import random
import re

# (kind, spelling of the name, template)
CODE = [
    ("python", "snake", 'N = "V"'),
    ("python", "snake", "N = 'V'"),
    ("python", "UPPER", "N: Final[str] = 'V'"),
    ("python", "snake", 'client = Client(N="V", timeout=30)'),
    ("python", "UPPER", 'os.environ["N"] = "V"'),
    ("python", "snake", "parser.add_argument('--N', default='V')"),
    ("python", "snake", "config = {'N': 'V', 'debug': False}"),
    ("python", "snake", "N = os.getenv('X') or 'V'"),
    ("javascript", "camel", 'const N = "V";'),
    ("javascript", "camel", "let N = 'V'"),
    ("javascript", "camel", "  N: 'V',"),
    ("javascript", "camel", "module.exports = { N: `V` };"),
    ("javascript", "UPPER", "process.env.N = 'V';"),
    ("typescript", "camel", 'private readonly N: string = "V";'),
    ("java", "camel", 'private static final String N = "V";'),
    ("java", "UPPER", 'public static final String N = "V";'),
    ("java", "camel", 'builder.N("V").build();'),
    ("kotlin", "camel", 'val N: String = "V"'),
    ("csharp", "camel", 'string N = "V";'),
    ("csharp", "Pascal", 'N = @"V",'),
    ("go", "camel", 'N := "V"'),
    ("go", "camel", "var N string = `V`"),
    ("go", "Pascal", '\tN: "V",'),
    ("go", "UPPER", 'os.Setenv("N", "V")'),
    ("ruby", "snake", "N = 'V'"),
    ("ruby", "snake", "config.N = 'V'"),
    ("ruby", "snake", ":N => 'V',"),
    ("ruby", "UPPER", "ENV['N'] ||= 'V'"),
    ("php", "snake", "$N = 'V';"),
    ("php", "UPPER", "define('N', 'V');"),
    ("php", "snake", "'N' => 'V',"),
    ("rust", "snake", 'let N = "V";'),
    ("rust", "UPPER", 'const N: &str = "V";'),
    ("swift", "camel", 'let N = "V"'),
    ("objc", "camel", 'static NSString *const N = @"V";'),
    ("c", "UPPER", '#define N "V"'),
    ("c", "snake", 'const char *N = "V";'),
    ("scala", "camel", 'val N = "V"'),
    ("dart", "camel", "final N = 'V';"),
    ("perl", "snake", "my $N = 'V';"),
    ("lua", "snake", 'local N = "V"'),
    ("r", "UPPER", 'Sys.setenv(N = "V")'),
    ("powershell", "Pascal", '$N = "V"'),
    ("powershell", "UPPER", '$env:N = "V"'),
    ("elixir", "snake", 'N: "V",'),
    ("clojure", "kebab", ':N "V"'),
    ("sql", "snake", "SET N = 'V';"),
    ("compare", "snake", "if N == 'V':"),
    ("compare", "camel", 'if (N === "V") {'),
]
CONFIG = [
    ("json", "snake", '{"N": "V"}'),
    ("json", "camel", '{\n  "name": "app",\n  "N": "V",\n  "port": 8080\n}'),
    ("json", "snake", '{"settings": {"auth": {"N":"V"}}}'),
    ("json", "snake", '"N": "V"'),
    ("json-string", "snake", '"{\\"N\\": \\"V\\"}"'),
    ("pair", "snake", '{"key": "N", "value": "V"}'),
    ("pair", "UPPER", "env:\n  - name: N\n    value: V"),
    ("pair", "UPPER", 'env:\n  - name: N\n    value: "V"'),
    ("yaml", "snake", "N: V"),
    ("yaml", "snake", 'N: "V"'),
    ("yaml", "kebab", "service:\n  N: 'V'\n  port: 80"),
    ("yaml", "UPPER", "    environment:\n      - N=V"),
    ("toml", "snake", '[service]\nN = "V"'),
    ("ini", "snake", "[service]\nN = V"),
    ("ini", "snake", "N=V"),
    ("properties", "dotted", "N=V"),
    ("properties", "dotted", "N: V"),
    ("env", "UPPER", "N=V"),
    ("env", "UPPER", 'N="V"'),
    ("env", "UPPER", "export N='V'"),
    ("env", "UPPER", "ENV N=V"),
    ("env", "UPPER", "ENV N V"),
    ("env", "UPPER", "ARG N=V"),
    ("xml", "camel", "<N>V</N>"),
    ("xml", "dotted", '<add key="N" value="V" />'),
    ("xml", "camel", '<property name="N" value="V"/>'),
    ("xml", "snake", '<string name="N">V</string>'),
    ("plist", "Pascal", "<key>N</key>\n<string>V</string>"),
    ("hcl", "snake", 'N = "V"'),
    ("hcl", "snake", 'variable "N" {\n  default = "V"\n}'),
    ("make", "UPPER", "N := V"),
    ("make", "UPPER", "N ?= V"),
    ("make", "UPPER", 'N ::= "V"'),
    ("csv", "snake", "N,V"),
    ("logstash", "snake", '"N" => "V"'),
    ("comment", "snake", "# N = V"),
    ("comment", "snake", "// N: V"),
    ("url", "snake", "https://api.acme.io/v1/items?N=V&page=2"),
    ("url", "snake", "curl https://api.acme.io/v1/me?N=V"),
    ("flag", "kebab", "acme deploy --N V --region eu"),
    ("flag", "kebab", "acme deploy --N=V"),
    ("header", "Train", 'curl -H "X-N: V" https://api.acme.io/'),
    ("header", "Train", "N: V"),
    ("form", "snake", "curl -d 'N=V' https://api.acme.io/"),
    ("prose", "words", "The N is V"),
    ("prose", "words", "use N: V for staging"),
    ("prose", "words", "here is our N V please keep it safe"),
    ("chat", "words", '{"role":"user","content":"my N is V, why does it fail?"}'),
    ("markdown", "words", "| N | `V` |"),
    ("log", "snake", "2026-10-07T09:12:44Z DEBUG client: N=V retries=3"),
]
# Around a token that tells what it is.
ALONE = [
    ("code", 'token = "V"'),
    ("code", 'client = Client("V")'),
    ("code", "x = 'V'"),
    ("env", "TOKEN=V"),
    ("yaml", "- V"),
    ("json", '{"text": "V"}'),
    ("json", '["a", "V"]'),
    ("header", 'curl -H "Authorization: Bearer V" https://api.acme.io/v1/me'),
    ("header", "Authorization: token V"),
    ("basic", "curl -u V: https://api.acme.io/v1/charges"),
    ("url", "https://api.acme.io/v1?access_token=V"),
    ("url", "git clone https://oauth2:V@git.acme.io/a/b.git"),
    ("prose", "I pasted V by mistake, sorry."),
    ("prose", "V"),
    ("log", "09:12:44 INFO sending request with V to upstream"),
    ("escaped", 'printf("\\nV\\n")'),
    ("xml", "<token>V</token>"),
    ("markdown", "Run with `V`."),
]

_PARTS = re.compile(r"[A-Za-z0-9]+")


def spelled(name: str, spelling: str) -> str:
    """`client_secret` as camel case, upper case and so on."""
    words = [w.lower() for w in _PARTS.findall(name.replace("_", " "))]
    ways = {
        "snake": "_".join(words),
        "UPPER": "_".join(words).upper(),
        "kebab": "-".join(words),
        "dotted": ".".join(words),
        "camel": words[0] + "".join(w.capitalize() for w in words[1:]),
        "Pascal": "".join(w.capitalize() for w in words),
        "Train": "-".join(w.capitalize() for w in words),
        "words": " ".join(words),
    }
    return ways[spelling]


def written(template: str, name: str, value: str) -> str:
    """The template with both filled in, each once in place."""
    return re.sub(
        r"(?:(?<![A-Za-z])|(?<=\\n))[NV](?![A-Za-z])",
        lambda m: name if m[0] == "N" else value,
        template,
    )


def pick(
    rng: random.Random, places: list[tuple[str, str, str]], name: str, value: str
) -> tuple[str, str]:
    """(kind, text) of one writing."""
    kind, spelling, template = rng.choice(places)
    return kind, written(template, spelled(name, spelling), value)
