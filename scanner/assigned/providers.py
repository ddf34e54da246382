"""Names of services that give out keys: beside one, even a plain key or id is a credential.

Many keys have no mark of their own (32 hexadecimal digits); who issued them tells.
"""

from __future__ import annotations

import re
from itertools import pairwise

# Single words; those that are common in other senses are left out.
_ONE = frozenset(
    """abstractapi abuseipdb accuweather adafruit adobe adyen agora airbrake airship airtable
    airvisual aiven alchemyapi alegra algolia alibaba aliyun amplitude apideck apiflash apify
    appcues appfollow appsflyer appsynergy appveyor artifactory asana assemblyai atlassian auth0
    autodesk avaza axiom backblaze bamboohr bannerbear baremetrics beamer beebole besttime
    betterstack billomat bingsubscription bitbar bitbucket bitfinex bitly bitmex bitrise bittrex
    blynk bombbomb boostnote braintree brandfetch brevo browserstack bugsnag buildkite bulbul
    bybit caflou calendarific calendly campayn capsulecrm captaindata carboninterface cashboard
    chartmogul checkvist circleci clearbit clickatell clicksend clickup clinchpad clockify
    cloudconvert cloudelements cloudflare cloudimage cloudinary cloudmersive cloudsight
    cloudsmith cloverly cloze clustdoc codacy codeclimate codecov cohere coinapi coinbase
    coinlayer coinlib coinmarketcap commercejs confluent contentful contentstack convertkit
    convier coveralls cratesio crowdin cryptocompare currencylayer currencyscoop currents
    customerguru customerio databricks datadog datagov datarobot debounce deepai deepgram
    deepseek delighted denodeploy detectify detectlanguage dfuse diffbot digicert digitalocean
    discord disqus ditto dnscheck dockerhub documo doppler dotdigital dovico dropbox dwolla
    dynalist dynatrace easyinsight ecostruxure edamam edenai elasticemail elevenlabs enablex
    endorlabs eraser etherscan ethplorer etsy eventbrite everhour exchangerate exportsdk
    facebook facepp fastforex fastly feedier fetchrss fibery figma fileio finage
    financialmodelingprep findl finicity finnhub fixer flatio fleetbase flickr flightapi
    flightlabs flightstats flowflu flutterwave formbucket formio formsite foursquare frameio
    freshbooks freshdesk freshservice fullstory fusebill fxmarket gainsight geckoboard gengo
    geoapify geocode geocodify geocodio geoipifi getemail getgeoapi getgist getresponse
    getsandbox gitter glassnode gocanvas gocardless godaddy goodreads googlemaps grafana
    groovehq gtmetrix guardianapi gumroad gyazo happyscribe harness harvest helicone hellosign
    helpcrunch helpscout hereapi heroku hiveage holidayapi honeybadger honeycomb hotjar html2pdf
    hubspot huggingface humanity hypertrack iconfinder iexcloud imagekit imagga imgur infura
    insightly instabot instagram instamojo intercom intrinio invoiceocean ip2location ipapi
    ipdata ipgeolocation ipinfo ipinfodb ipquality ipstack jenkins jfrog jira jotform jumpcloud
    jumpseller juro kaleyra kanbantool karmacrm keen keenio keygen kickbox klaviyo klipfolio
    knapsackpro kontent kraken kucoin kylas languagelayer lastfm leadfeeder lemlist lendflow
    lessannoyingcrm lexigram linearapi linkedin linkpreview linode liveagent livestorm lob
    localizely locationiq logdna loggly loginradius logrocket logz lokalise loyverse luno
    madkudu magicbell mailboxlayer mailchimp mailerlite mailgun mailjet mailmodo mailsac
    mandrill mapbox mapquest marketstack mattermost mavenlink maxmind meaningcloud mediastack
    meistertask mesibo messagebird metaapi metabase metrilo mindmeister mixmax mixpanel mockaroo
    mongodb monkeylearn moonclerk moosend moralis mrticktock mux myfreshworks nasdaq nethunt
    netlify neutrino newsapi newscatcher nexmo ngrok nicereply nightfall noticeable notion nozbe
    nugetapi numverify nutritionix nylas nytimes oanda okta omnisend onedesk onelogin onepage
    onesignal onfleet onwater oopspam openai opencage openrouter opensea openuv openvpn
    openweather openweathermap opsgenie optimizely owlbot packagecloud pagarme pagerduty
    pagseguro pandadoc pandascore papertrail paralleldots parsehub parsers parseur partnerstack
    pastebin paydirtapp paymo paymongo paypal paystack pdflayer pdfshift peopledatalabs pepipost
    pinata pinboard pinecone pingdom pinterest pipedream pipedrive pivotaltracker pixabay plaid
    planetscale planviewleankit planyo plivo podio positionstack posthog postman postmark
    prodpad prospectcrm protocolsio proxycrawl pubnub pulumi purestake pushbullet pusher qase
    qualaroo qubole quickbooks quickmetrics rapidapi rawg razorpay rebrandly recaptcha
    rechargepayments recurly reddit refiner rentman repairshopr replicate replyio requestfinance
    retellai revampcrm ringcentral ritekit roaring rocketreach rollbar ronin roninapp route4me
    rownd runrunit salesblink salescookie salesflare salesforce salesmate sanity satismeter
    saucelabs scaleway scalingo scalr scrapeowl scraperapi scraperbox scrapestack scrapfly
    scrapingant scrapingbee screenshotapi screenshotlayer scrutinizer searchbug securitytrails
    selectpdf semaphore semrush sendbird sendgrid sendinblue sentry serphouse serpstack
    sevenrooms shipday shippo shodan shopee shopify shotstack shutterstock sidekiq signable
    signalfx signalwire signaturit signupgenius sigopt simplesat simplynoted simvoly
    sinchmessage sirv siteleaf skrapp skybiometry smartsheet smartystreets smooch snipcart snyk
    sonarcloud sonarqube sourcegraph sparkpost speechtext splunk spoonacular sportsmonk spotify
    squarespace squareup sslmate statuscake statuspage statuspal stitchdata stockdata storecove
    stormboard stormglass storyblok storychief strava stripe stripo stytch sugester sumologic
    supabase supernotes surveyanyplace surveybot surveymonkey survicate swiftype tailscale
    talend tallyfy tatum tatumio taxjar teamcity teamgate teamviewer teamwork technicalanalysis
    telegram telnyx terraform textmagic theoddsapi thinkific thousandeyes ticketmaster ticktick
    tiingo timecamp timezoneapi tineswebhook tmetric todoist tomorrowio tomtom tradier
    transferwise travelpayouts trello trelloapi truenas tumblr twelvedata twilio twitter tyntec
    typeform typetalk ubidots uclassify unifyid unplugg unsplash upcdatabase uplead uploadcare
    uptimerobot upwave urlscan userflow userstack vagrantcloud vbout vercel veriphone versioneye
    viewneo vimeo virustotal visualcrossing voiceflow voicegain vonage vouchery vpnapi vultr
    vyte wakatime walkscore weatherapi weatherbit weatherstack webex webflow webscraper
    webscraping wepay whoxy wordnik workday worksnaps worldcoinindex worldweather wrike xata
    xero yahoo yandex yelp youneedabudget yousign youtube zapier zendesk zenkit zenloop zenrows
    zenscrape zenserp zeplin zerobounce zerotier zipapi zipbooks zipcodeapi zipcodebase zoho
    zohocrm zonkafeedback zoom zulip zulipchat""".split()  # noqa: SIM905 - read as words
)
_APART = ("new relic", "launch darkly", "travis ci", "drone ci", "private ai")
# Common words: they count in the name of a key only.
_IN_NAMES = frozenset(
    """azure docker elastic github gitlab google linear npm oracle segment slack sonar square
    twitch monday parse clerk alchemy terraform ansible gemini polygon front copper readme
    docusign""".split()  # noqa: SIM905
)
_ALL = _ONE | _IN_NAMES | frozenset(name.replace(" ", "") for name in _APART)
_EITHER = "|".join([*sorted(_ONE), *(name.replace(" ", "[ _.-]?") for name in _APART)])
# Names that tell a key's issuer wherever a value is given to them; long enough to be rare.
SINGLE = sorted(name for name in _ONE if len(name) >= 5)
_FOUND = re.compile(rf"(?<![a-z0-9])(?:{_EITHER})(?![a-z])", re.IGNORECASE)


def names_one(words: list[str]) -> bool:
    """True when one of the words of a name, or two together, name a provider."""
    pairs = (a + b for a, b in pairwise(words))
    return not _ALL.isdisjoint([*words, *pairs])


def near(text: str) -> bool:
    """True when a text names a provider."""
    return _FOUND.search(text) is not None
