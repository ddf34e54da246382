"""Names of services that give out keys: beside one, even a plain key or id is a credential.

Many keys have no mark of their own (32 hexadecimal digits); who issued them tells.
"""

from __future__ import annotations

import re
from itertools import pairwise

# Single words; those that are common in other senses are left out.
_ONE = frozenset(
    """abstractapi abstractapis abstractapp abuseipdb accuweather activecampaign acuity adafruit
    adobe adobesign adyen africastalking afterpay aftershipapi agilitycms agora ahaio ahrefs
    ai21 aikido airbrake airbyte airfocus airship airshipapi airtable airvisual aiven
    akeyless alchemer alchemyapi alchemyio alconost alegra alephalpha algolia algoliasearch
    alibaba alienvault aliyun alphavantage amadeus ambee amplitude ankr anydo anyrun
    anyscale apideck apideckcom apiflash apify apolloio appcircle appcues appfollow
    appsflyer appsignal appstoreconnect appsynergy appveyor arbiscan artifactory asana ashby
    assemblyai astronomer atlassian auth0 authy autodesk avaza aviationstack aweber axiom
    backblaze backblazeb2 baichuan bamboohr bamboohrapi bannerbear baremetrics basescan
    baseten basiqio beamer beebole belvo besttime betterstack betteruptime beyondtrust
    bigcommerce billcom billomat binaryedge bingmaps bingsubscription bitbar bitbucket
    bitfinex bitly bitmex bitpay bitquery bitrise bitriseio bittrex blizzard blockchaininfo
    blockcypher blockfrost bluesnap blynk bombbomb boostnote braintree brandfetch brevo
    brightdata browserless browserstack bscscan btcpay buddyworks bugcrowd bugsnag buildkite
    bulbul bungie bunnycdn bunnynet burstsms buttercms buttondown bybit cachefly caflou
    calendarific calendly calendlyapi campaignmonitor campayn capsulecrm captaindata
    carbonblack carbone carboninterface cashboard cdn77 celigo censysio cerebrasai changelly
    chargebee chargify chartmogul chatwoot checkly checkmarx checkoutcom checkvist circleci
    clearbit clevertap clickatell clickatellapi clicksend clickup climacell clinchpad
    clockify clockifyapi cloudconvert cloudconvertcom cloudelements cloudflare cloudimage
    cloudinary cloudinaryapi cloudmersive cloudsight cloudsmith cloudsmithio cloverly cloze
    clustdoc codacy codat codeclimate codecov codefresh codemagic cognitoforms cohere
    cohereai coinapi coinbase coincap coingecko coinlayer coinlib coinmarketcap coinpaprika
    coinpayments commercejs commercetools conekta configcat confluent constantcontact
    constructorio contentful contentfulcms contentsquare contentstack conversiontools
    convertapi convertkit convertkitapi convier copyai coralogix coreweave cosmicjs covalent
    coveo coveralls crashlytics cratesio crawlera cronitor cronofy crowdin crowdinapi
    crowdstrike crunchbase cryptoapis cryptocompare culqi currencyapi currencylayer
    currencyscoop currents customerguru customerio customerioapi cyberark cybersource
    d7networks dashlane dashscope databricks datadog datadoghq dataforseo datagov datarobot
    datocms dbip dbtcloud deadmanssnitch debounce deel deepai deepgram deepgramapi deepl
    deepseek dehashed delighted delinea denodeploy descope detectify detectifyapi
    detectlanguage devcycle dfuse diawi diffbot digicert digitalocean diigo discogs discord
    disqus ditto dlocal dnscheck dockerhub dockerhubapi docraptor docspring documo
    docusignapi doofinder doordash doppler doppleri dotdigital dovico dripapp dropbox duffel
    dwolla dwollav2 dynalist dynatrace easbuild easyinsight easypostapi ebanx ecostruxure
    ecwid edamam edamamapi edenai edgio elasticcloud elasticemail elevenlabs emailable
    emailoctopus enablex endorlabs env0 eodhd eraser esendex etherscan ethplorer etsy
    eventbrite everhour everhourapi eversign exchangerate exchangeratehost exchangeratesapi
    expedia exportsdk facebook facepp fastforex fastly fastspring feedier fetchrss fibery
    figma filebase fileio finage financialmodelingprep findl finhub finicity finicityapi
    finnhub firehydrant fireworksai fivetran fixer fixerio flagsmith flatio fleetbase flickr
    flickrapi flightapi flightlabs flightstats flowflu flutterwave forgerock formbucket
    formio formsite formstack fossa foursquare frameio framerapp freeagent freecurrencyapi
    freshbooks freshbooksapi freshdesk freshservice frontegg ftmscan fullstory fullstorycom
    fusebill fusionauth fxmarket gainsight gcore geckoboard gemfury gengo geoapify
    geoapifycom geocode geocodeearth geocodify geocodio geoipifi getblock getemail getgeoapi
    getgist getresponse getresponseapi getsandbox gettyimages ghcr ghostcms giantbomb giphy
    gitguardian gitter gladia glassnode gocanvas gocardless godaddy goodreads googlemaps
    gorgias grafana graphcms graphhopper greenhouse greynoise groovehq groqcloud growthbook
    gtmetrix guardianapi gumroad gumroadapi gupshup gusto gyazo habitica hackerone
    happyscribe harness harnessio harvest harvestapi haveibeenpwned healthchecksio helicone
    heliconeai helius hellosign hellosignapi helpcrunch helpjuice helpscout hereapi heroku
    hevodata hibob hightouch hiveage hockeyapp holidayapi honeybadger honeycomb hotjar
    html2pdf huawei huaweicloud hubspot hubstaff huggingface humanity hunterio
    hybridanalysis hygraph hypertrack iconfinder iexcloud iflytek ifttt igdb ilovepdf
    imagekit imagekitio imagga imgix imgur infisical infura insightly instabot instabug
    instagram instamojo instana instapaper integromat intelx intercom intrinio intruder
    invision invoiceocean ip2location ipapi ipdata ipgeolocation iphub ipinfo ipinfodb
    ipquality ipqualityscore ipregistry ipstack ipstackapi iterableapi iyzico jdcloud
    jenkins jfrog jfrogio jina jira joesandbox jotform jotformapi jumpcloud jumpcloudapi
    jumpseller juro kaleyra kanbanflow kanbantool karix karmacrm keap keen keenio kentico
    keycdn keygen kickbox kinde kingsoft klarna klaviyo klaviyoapi klevu klipfolio
    knapsackpro kontent kraken kucoin kustomer kylas labelbox lambdalabs langfuse langsmith
    languagelayer lastfm lastfmapi launchdarkly lawmatics leadfeeder leakix leanplum lemlist
    lemonsqueezy lendflow lessannoyingcrm lexigram lexisnexis lighthouse linearapi linkedin
    linkpreview linode lithic liveagent livechat livestorm lob localizely locationiq logdna
    loggly loginradius logrocket logrocketapi logtail logto logz lokalise lokaliseapi
    loyverse lucidchart luno madkudu magicbell mailboxlayer mailboxvalidator mailchimp
    mailchimpapp mailerlite mailgun mailjet mailmodo mailosaur mailsac mailslurp mailtrap
    makecom mandrill mapbox mapillary mapquest maptiler marketaux marketstack marqeta
    matillion mattermost mavenlink maxio maxmind meaningcloud mediastack meilisearch
    meistertask memsource mercadopago mesibo messagebird messari metaapi metabase
    meteomatics meteostat metrilo midtrans mindmeister mixedbread mixmax mixpanel mockaroo
    moengage mollie mongodb monkeylearn moonclerk moosend moralis moralisio mouseflow
    mparticle mrticktock msg91 murf musixmatch mux muxdata myfreshworks namely nango nasaapi
    nasdaq nebius nethunt netlify neutrino neverbounce newrelic newsapi newscatcher nexmo
    nexusrepo nftstorage ngrok nicereply nightfall noaa nomics nordigen noticeable notion
    novita nozbe nugetapi numverify nutritionix nutritionixapi nylas nylasapi nytimes oanda
    octoai okta olark omdb omdbapi omise omnisend omnisendapi onedesk onelogin onepage
    onesignal onfido onfleet ontraport onwater onyphe oopspam openai opencage opencagedata
    openexchangerates openfda openpay openrouter openrouteservice opensea openuv openvpn
    openweather openweatherapi openweathermap opsgenie optimizely ordnancesurvey owlbot
    oxylabs pabbly packagecloud packagecloudio packagist paddle pagarme pagerduty pagseguro
    pandadoc pandascore paperform paperspace papertrail paralleldots parcellab parsehub
    parsers parseur partnerstack pastebin paydirtapp paylocity paymo paymongo paypal paysafe
    paystack payu pdfco pdflayer pdfmonkey pdfshift peopledatalabs pepipost personio pexels
    phabricator phantomjscloud phishtank pinata pinatacloud pinboard pinecone pineconeio
    pingdom pingidentity pinterest pipedream pipedrive pivotaltracker pixabay pkgsrc plaid
    plaidapi planetscale planviewleankit planyo plivo pocketapi podio poeditor polygonio
    polygonscan positionstack posthog postman postmark prestashop prismic prodpad
    productboard propelauth prospectcrm protocolsio proxycheck proxycrawl pubnub pulumi
    purestake pushbullet pushengage pusher pushwoosh qase qianfan qiniu qualaroo
    qualtricsapi qualys quandl quantummetric qubole quickbooks quickbooksapi quickmetrics
    quicknode railway raindrop rapid7 rapidapi rapyd rawg rawgio raygun razorpay readwise
    rebrandly recaptcha rechargepayments recurly recurlyapi reddit refiner rentman
    repairshopr replicate replicateapi replyio requestfinance respondio retellai revai
    revampcrm ringcentral riotgames rippling ritekit roaring roboflow rocketreach rollbar
    ronin roninapp route4me routemobile rownd rudderstack runpod runrunit rutter sabre
    safebrowsing sailpoint saleor salesblink salescookie salesflare salesforce salesmate
    saltedge sambanova samsara sanity sanityio satismeter saucelabs saviynt scaleai scaleway
    scalingo scalr scalrio scoutapm scrapeowl scraperapi scraperbox scrapestack scrapfly
    scrapingant scrapingbee scrapingdog screenshotapi screenshotlayer scrutinizer searchbug
    searchspring securitytrails segmentio selectpdf sellfy semaphore semaphoreci sematext
    semrush sendbird sendcloud sendfox sendgrid sendinblue sendpulse sentinelone sentry
    serper serphouse serpstack serpwow sevenrooms sezzle ship24 shipday shipengine shippo
    shippoapi shipstation shodan shopee shopify shopware shotstack shutterstock
    shutterstockapi sidekiq signable signalfx signalwire signaturit signnow signoz
    signrequest signupgenius signwell sigopt siliconflow simfin similarweb simkl simplesat
    simplynoted simvoly sinch sinchmessage sirv siteleaf skrapp skybiometry skyscanner
    smallpdf smartling smartlook smartproxy smartsheet smartsuite smartystreets smooch
    smsapi snipcart snipcartapi snorkel snovio snowtrace snyk snykio socketdev sonarcloud
    sonarqube sonatype sonatypeossindex sourcegraph sourcehut spacelift spamhaus sparkpost
    speechmatics speechtext splitio splunk spoonacular spoonacularapi sportsmonk spotify
    squarespace squareup sslmate stackpath stadiamaps statuscake statushub statuspage
    statuspal stepfun stitchdata stockdata stockx storecove storj stormboard stormglass
    stormglassio storyblok storyblokcms storychief strava stripe stripo stytch stytchapi
    substack sugester sumologic supabase superannotate supernotes supertokens surveyanyplace
    surveybot surveymonkey surveysparrow survicate swiftype swiftypeapi tailscale talend
    tallyfy tatum tatumio tawkto taxjar teamcity teamgate teamviewer teamwork
    technicalanalysis telegram telesign telnyx tenable tenderly terraform testfairy textbelt
    textlocal textmagic theoddsapi thetvdb thinkific thirdweb thousandeyes thunderforest
    thycotic ticketmaster ticktick ticktickapi tiingo timecamp timezoneapi timezonedb
    tineswebhook tmdb tmetric todoist todoistapi togetherai toggl tomorrowio tomtom
    tomtomapi trackingmore trackjs tradier trakt transferwise transifex transloadit
    travelpayouts travelport trayio trello trelloapi trengo tripadvisor truelayer truenas
    tumblr turbopuffer tvdb twelvedata twilio twitchapi twitter twofactor tyntec typeform
    typeformapi typesense typetalk ubereats ubidots uclassify ucloud unifyid unplugg
    unsplash unsplashapi upcdatabase uplead uploadcare uploadio uptimecom uptimerobot upwave
    urlbox urlscan urlscanio userflow userlike userstack uservoice usgs v7labs vagrantcloud
    valueserp vastai vbout veracode vercel verifalia veriphone versioneye viewneo vimeo
    virustotal visualcrossing voiceflow voicegain volcengine vonage vouchery voyageai vpnapi
    vpnapiio vultr vyte wakatime walkscore wasabi weatherapi weatherbit weathercom
    weatherstack web3storage webengage webex webflow webflowapi webscraper webscraping
    weglot weightsandbiases wellsaid wepay wercker what3words whimsical whitesource whoxy
    whylabs withings wixapi wordnik workable workato workday worksnaps worldcoinindex
    worldpay worldweather wrike wrikeapp writesonic wufoo xata xendit xero xeroapi xfyun
    yahoo yandex yelp yodlee youneedabudget yousign youtube yummly zamzar zapier zapierapi
    zendesk zenefits zenkit zenloop zenrows zenscrape zenserp zeplin zeplinapi zerobounce
    zerotier zhipu zhipuai zilliz zipapi zipbooks zipcodeapi zipcodebase zitadel zoho
    zohobooks zohocrm zomato zonkafeedback zoom zoomeye zoominfo zulip zulipchat zuora
    zyte""".split()  # noqa: SIM905 - read as words
)
_APART = ("new relic", "launch darkly", "travis ci", "drone ci", "private ai")
# Common words: they count in the name of a key only.
_IN_NAMES = frozenset(
    """affirm alchemy ansible anthropic arize atlantis azure banana bandwidth batch beehiiv booking
    bouncer braintrust braze canny census chroma clearml clerk clickhouse clio codeberg
    comet conjur copper crisp dagster deezer descript determined directus dixa docker
    docusign drift duda elastic embrace encord expo fitbit fofa forgejo front fury garmin
    gemini genius gerrit gitea github gitlab gladly gogs google hanko harbor hashicorp heap
    here hyperbolic incidentio infobip jasper jawg keeper kestra kiwi launchpad lepton lever
    linear lusha lyft magento majestic medusa mend merge milvus minimax miro mistral modal
    monday moonshot moov neptune nomic npm oracle oura paragon parse pendo perplexity phrase
    playht polar polygon prefect promptlayer qdrant quay readme resemble rootly sage section
    segment sender slack sonar soundcloud square statsig steamapi stitch strapi tally teller
    tenor terraform tidal timely tink twitch uber unit unleash vespa wati wave weaviate
    whoop windmill woocommerce""".split()  # noqa: SIM905
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
