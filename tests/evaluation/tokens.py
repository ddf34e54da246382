# ruff: noqa: E501 - examples are easier to compare on one line each
"""Made-up credentials, by how their providers' tokens look to whoever holds one.

Written from the formats as people meet them, never from the rules of a scanner: an evaluation
made of the rules it measures would measure nothing.  In a shape `{alnum40}` stands for 40 random
letters and digits; everything else stands for itself.
"""

from __future__ import annotations

import base64
import json
import random
import re
import string
import zlib
from collections.abc import Callable

ALPHABETS = {
    "alnum": string.ascii_letters + string.digits,
    "low": string.ascii_lowercase + string.digits,
    "up": string.ascii_uppercase + string.digits,
    "hex": "0123456789abcdef",
    "HEX": "0123456789ABCDEF",
    "b64": string.ascii_letters + string.digits + "+/",
    "url": string.ascii_letters + string.digits + "-_",
    "b32": string.ascii_uppercase + "234567",
    "dig": string.digits,
    "az": string.ascii_lowercase,
}
_HOLE = re.compile(
    r"\{(alnum|low|up|hex|HEX|b64|url|b32|dig|az)(\d+)\}|\{(uuid|jwt|crc|password)\}"
)
_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


def text(rng: random.Random, alphabet: str, size: int) -> str:
    return "".join(rng.choices(ALPHABETS[alphabet], k=size))


def filled(rng: random.Random, shape: str) -> str:
    """A shape with its holes filled."""

    def fill(hole: re.Match[str]) -> str:
        return _MAKERS[hole[3]](rng) if hole[3] else text(rng, hole[1], int(hole[2]))

    return _HOLE.sub(fill, shape)


def uuid(rng: random.Random) -> str:
    return "-".join(text(rng, "hex", n) for n in (8, 4, 4, 4, 12))


def _crc(rng: random.Random) -> str:
    body = text(rng, "alnum", 30)
    rest, digits = zlib.crc32(body.encode()), ""
    while rest:
        rest, digit = divmod(rest, 62)
        digits = _BASE62[digit] + digits
    return body + digits.rjust(6, "0")


def _part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def jwt(rng: random.Random) -> str:
    claims = {"sub": text(rng, "dig", 9), "name": "Ana Ruiz", "iat": 1763690000, "role": "admin"}
    return f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}.{text(rng, 'url', 43)}"


def key_block(rng: random.Random, kind: str = "RSA PRIVATE KEY", size: int = 600) -> str:
    """PEM armour around what begins as a key in DER does."""
    raw = b"\x30\x82" + (size - 4).to_bytes(2, "big") + b"\x02\x01\x00" + rng.randbytes(size - 7)
    body = base64.b64encode(raw).decode()
    lines = [body[i : i + 64] for i in range(0, len(body), 64)]
    return "\n".join([f"-----BEGIN {kind}-----", *lines, f"-----END {kind}-----"])


_WORDS = """winter summer tiger falcon copper violet quiet river stone harbor maple castle rocket
pepper marble silver coffee shadow dragon monday sunset anchor velvet bishop""".split()  # noqa: SIM905


def password(rng: random.Random) -> str:
    """What people choose and what generators make."""
    word, other = rng.sample(_WORDS, 2)
    number, sign = rng.randint(10, 2099), rng.choice("!@#$%^&*-_+?")
    ways = (
        f"{word.capitalize()}{number}{sign}",
        f"{word}{sign}{other}{number}",
        word.replace("e", "3").replace("o", "0").replace("i", "1").replace("a", "@") + str(number),
        text(rng, "alnum", rng.randint(10, 20)) + sign,
        "".join(rng.choices(ALPHABETS["alnum"] + "!@#%^*-_+?", k=rng.randint(12, 24))),
        text(rng, "low", rng.randint(10, 16)),
    )
    return rng.choice(ways)


_MAKERS: dict[str, Callable[[random.Random], str]] = {
    "uuid": uuid,
    "jwt": jwt,
    "crc": _crc,
    "password": password,
}

# Tokens that tell what they are by themselves.
PREFIXED = """
github ghp_{crc} | gho_{crc} | ghs_{crc} | github_pat_{alnum22}_{alnum59}
gitlab glpat-{url20} | gldt-{url20} | glrt-{url20} | glptt-{hex40}
aws AKIA{b3216} | ASIA{b3216}
google AIza{url35} | GOCSPX-{url28} | ya29.a0{url120}
slack xoxb-{dig12}-{dig12}-{alnum24} | xoxp-{dig12}-{dig12}-{dig12}-{hex32} | xapp-1-A{up10}-{dig13}-{hex64} | https://hooks.slack.com/services/T{up8}/B{up8}/{alnum24}
stripe sk_live_{alnum24} | rk_live_{alnum24} | sk_live_51{alnum97} | whsec_{alnum32}
openai sk-{alnum20}T3BlbkFJ{alnum20} | sk-proj-{url58}T3BlbkFJ{url58}
anthropic sk-ant-api03-{url93}AA | sk-ant-admin01-{url93}AA
huggingface hf_{az10}{alnum24}
groq gsk_{alnum52}
replicate r8_{alnum37}
perplexity pplx-{alnum48}
sendgrid SG.{url22}.{url43}
twilio SK{hex32}
mailgun key-{hex32} | {hex32}-{hex8}-{hex8}
mailchimp {hex32}-us{dig1}
npm npm_{crc}
pypi pypi-AgEIcHlwaS5vcmc{url130}
rubygems rubygems_{hex48}
crates cio{alnum32}
nuget oy2{low43}
dockerhub dckr_pat_{url27}
shopify shpat_{hex32} | shpca_{hex32} | shpss_{hex32} | shppa_{hex32}
square sq0atp-{url22} | sq0csp-{url43} | EAAA{url60}
telegram {dig9}:AA{url33}
discord https://discord.com/api/webhooks/{dig18}/{url68} | MT{alnum24}.G{alnum5}.{url38}
teams https://acme.webhook.office.com/webhookb2/{uuid}@{uuid}/IncomingWebhook/{hex32}/{uuid}
facebook EAACEdEose0cBA{alnum80}
databricks dapi{hex32}
digitalocean dop_v1_{hex64} | doo_v1_{hex64}
doppler dp.pt.{alnum43}
dropbox sl.{url135}
dynatrace dt0c01.{b3224}.{b3264}
easypost EZAK{alnum54} | EZTK{alnum54}
fly fo1_{url43}
flutterwave FLWSECK_TEST-{hex32}-X | FLWSECK-{hex32}-X
frameio fio-u-{url64}
grafana glc_{b6460} | glsa_{alnum32}_{hex8}
hashicorp {alnum14}.atlasv1.{url65} | hvs.{url95} | hvb.{url140}
heroku HRKU-{uuid}
hubspot pat-na1-{uuid} | pat-eu1-{uuid}
linear lin_api_{alnum40}
newrelic NRAK-{up27} | NRII-{url32} | NRJS-{hex19}
notion ntn_{dig11}{alnum35} | secret_{alnum43}
okta 00{url40}
planetscale pscale_tkn_{url43} | pscale_pw_{url43} | pscale_oauth_{url43}
postman PMAK-{hex24}-{hex34}
prefect pnu_{low36}
pulumi pul-{hex40}
readme rdme_{low70}
sendinblue xkeysib-{hex64}-{alnum16}
sentry sntryu_{hex64}
shippo shippo_live_{hex40}
sourcegraph sgp_{hex16}_{hex40}
supabase sbp_{hex40}
tailscale tskey-auth-{alnum12}-{alnum28}
typeform tfp_{url59}
yandex AQVN{url36} | t1.9eu{url200}.{url86}
adobe p8e-{low32}
alibaba LTAI{alnum20}
asana 1/{dig16}:{hex32}
atlassian ATATT3xFfGF0{url180}=1A2B3C4D
azure {alnum3}8Q~{url34}
clojars CLOJARS_{low60}
contentful CFPAT-{url43}
duffel duffel_live_{url43}
age AGE-SECRET-KEY-1{B}
figma figd_{url40}
infracost ico-{alnum32}
intra42 s-s4t2ud-{hex64}
lob live_{hex35}
mapbox sk.eyJ{alnum80}.{alnum22}
plaid access-production-{uuid} | access-sandbox-{uuid}
scalingo tk-us-{url48}
settlemint sm_pat_{alnum16}
sonar sqp_{hex40} | squ_{hex40}
airtable pat{alnum14}.{hex64}
buildkite bkua_{hex40}
circleci CCIPAT_{alnum22}_{hex40}
cloudflare v1.0-{hex24}-{hex146}
launchdarkly sdk-{uuid} | api-{uuid}
onepassword ops_eyJ{url250} | A3-{up6}-{up6}-{up5}-{up5}-{up5}
openrouter sk-or-v1-{hex64}
posthog phx_{alnum43}
pinecone pcsk_{alnum6}_{alnum63}
resend re_{alnum8}_{alnum24}
segment sgp_{alnum64}
snyk snyk_uat.{hex8}.{url80}
tavily tvly-{alnum32}
vercel vcp_{alnum56}
wandb wandb_v1_{alnum77}
webex {alnum64}_P0A1_{uuid}
xai xai-{alnum80}
zapier https://hooks.zapier.com/hooks/catch/{dig7}/{low7}/
jfrog AKCp{alnum69} | cmVmdGtuOjAx{alnum52}
jwt {jwt}
cohere co_{alnum36}
langsmith lsv2_pt_{hex32}_{hex10}
razorpay rzp_live_{alnum14}
mailersend mlsn.{hex64}
sumologic https://collectors.us2.sumologic.com/receiver/v1/http/{url88}==
"""

# Values without a mark of their own: only the name beside them tells.
KEYED = """
adafruit aio_key hex32
adobe client_id hex32
adobe client_secret url32
agora app_certificate hex32
aha api_token hex64
airbrake project_key hex32
airtable api_key key{alnum14}
algolia api_key hex32
algolia admin_key hex32
alchemy api_key alnum32
amplitude api_key hex32
apify token alnum36
artifactory password low73
asana client_id dig16
asana client_secret hex32
atlassian api_token alnum24
auth0 client_secret url64
avaza token {dig6}-{hex40}
axiom token uuid
azure client_secret url40
beamer api_token b_{url44}
bitbucket client_id alnum32
bitbucket client_secret url64
bitly access_token hex40
bittrex access_key hex32
bittrex secret_key hex32
blynk token hex32
bugsnag api_key hex32
cloudflare api_key hex37
cloudflare api_token url40
clickup api_token pk_{dig7}_{up32}
codacy project_token hex32
codecov access_token low32
coinapi api_key {HEX8}-{HEX4}-{HEX4}-{HEX4}-{HEX12}
coinbase access_token url64
confluent access_token alnum16
confluent secret_key alnum64
contentful delivery_api_token url43
coveralls repo_token alnum32
crowdin api_token hex80
databricks client_secret hex36
datadog access_token alnum40
datadog api_key hex32
datadog app_key hex40
deepgram api_key hex40
digicert api_key {HEX28}
discord client_id dig18
discord client_secret url32
discord api_token hex64
droneci access_token alnum32
dropbox api_secret low15
dropbox short_lived sl.{url60}
eventbrite token up20
etherscan api_key up34
etsy access_token low24
facebook app_secret hex32
fastly api_token url32
finicity client_secret alnum20
finicity api_token hex32
finnhub access_token low20
flickr access_token hex32
freshbooks access_token hex64
freshdesk api_key alnum20
gitter access_token url40
gocardless api_token live_{url40}
google_maps key AIza{url35}
gumroad access_token url43
harvest access_token {dig7}.pt.{url86}
heroku api_key uuid
honeycomb api_key hex32
hubspot api_key uuid
infura project_secret hex32
instagram access_token IGQV{url150}
intercom api_key url60
ipstack access_key hex32
jenkins api_token hex32
jfrog api_key alnum73
jfrog identity_token alnum64
jira token alnum24
keen api_key hex64
klaviyo api_key pk_{hex34}
kraken access_token b6480
kucoin access_token hex24
kucoin secret_key uuid
launchdarkly access_token url40
linkedin client_id low14
linkedin client_secret alnum16
loggly token uuid
lob api_key test_{hex35}
lastfm api_key hex32
mailchimp api_key {hex32}-us12
mailgun signing_key {hex32}-{hex8}-{hex8}
mailjet secret_key hex32
mapbox api_token pk.{low60}.{low22}
mattermost access_token low26
messagebird api_token low25
messagebird client_id uuid
mixpanel secret hex32
monday token {jwt}
netlify access_token url43
netlify site_token alnum45
new_relic user_key NRAK-{up27}
new_relic license_key hex40
nytimes access_token url32
okta access_token url42
onesignal rest_api_key alnum48
openweather api_key hex32
opsgenie api_key uuid
paddle vendor_auth_code hex50
pagerduty api_key url20
parse master_key alnum40
paypal client_secret url80
pipedrive api_token hex40
pivotal tracker_token hex32
plaid client_id hex24
plaid secret_key hex30
privateai access_token hex32
pubnub secret_key sec-c-{alnum48}
pusher app_secret hex20
quickbooks client_secret alnum40
rapidapi access_token url50
recaptcha secret 6L{url38}
reddit client_secret url27
rollbar access_token hex32
salesforce client_secret HEX64
scaleway secret_key uuid
scrapingbee api_key up80
segment write_key alnum32
semaphore api_token hex32
sendbird access_token hex40
sendbird access_id uuid
sentry access_token hex64
shodan api_key alnum32
sidekiq secret {hex8}:{hex8}
signalfx token url22
snyk token uuid
sonar login hex40
spotify client_secret hex32
splunk token uuid
square access_token EAAA{url60}
squarespace access_token uuid
statuspage api_key uuid
strava client_secret hex40
sumologic access_id su{alnum12}
sumologic access_key alnum64
surveymonkey api_key url86
teamcity password {jwt}
telegram bot_token {dig9}:AA{url33}
todoist api_token hex40
travisci access_token alnum22
trello access_token alnum32
trello api_key hex32
tumblr consumer_secret alnum50
twilio auth_token hex32
twitch api_token low30
twitch client_secret low30
twitter access_secret alnum45
twitter access_token {dig18}-{alnum30}
twitter api_key alnum25
twitter api_secret alnum50
twitter bearer_token AAAAAAAAAAAAAAAAAAAAA{alnum90}
typeform api_token tfp_{url59}
unsplash access_key url43
uber server_token url40
vimeo client_secret alnum128
vonage api_secret alnum16
wakatime secret_key uuid
weatherapi key hex31
webflow api_token hex64
wistia api_token hex64
wordnik key hex50
yahoo client_secret hex40
yandex access_token t1.9eu{url200}.{url86}
yandex api_key AQVN{url36}
yelp api_key url128
youtube api_key AIza{url35}
zendesk secret_key alnum40
zendesk token alnum40
zoho client_secret hex42
zoom jwt_secret alnum32
zulip api_key alnum32
"""


def prefixed() -> list[tuple[str, str]]:
    """(provider, shape) of each token that tells what it is."""
    rows = (line.split(" ", 1) for line in PREFIXED.strip().splitlines())
    return [
        (name, s.strip().replace("{B}", "{up58}")) for name, all_ in rows for s in all_.split(" | ")
    ]


def keyed() -> list[tuple[str, str, str]]:
    """(provider, name of its key, shape of the value)."""
    rows = (line.split(" ", 2) for line in KEYED.strip().splitlines())
    return [(who, name, s if "{" in s else f"{{{s}}}") for who, name, s in rows]
