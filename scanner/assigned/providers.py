"""Names of services that give out keys: beside one, even a plain key or id is a credential.

Many keys have no mark of their own (32 hexadecimal digits); who issued them tells.
"""

from __future__ import annotations

import re
from itertools import pairwise

# Single words; those that are common in other senses are left out.
_ONE = frozenset(
    """abstractapi abstractapis abstractapp abuseipdb abyssale accuweather activecampaign acuity
    adafruit adobe adobesign adyen adzuna aerisapi aeroworkflow africastalking afterpay
    aftership aftershipapi agilitycms agora ahaio ahasoftware ahrefs ai21 aikido airbrake
    airbyte airfocus airship airshipapi airtable airvisual aiven akeyless alchemer alchemyapi
    alchemyio alconost alegra alephalpha aletheia algolia algoliasearch alibaba alienvault
    aliyun allmyles allsports alphavantage amadeus ambee amplitude ankr anthropicapi anydo
    anypoint anyrun anyscale apacta api2cart apideck apideckcom apiflash apifonica apify
    apiify apilayer apimatic apimetrics apitemplate apolloio appcircle appcues appfollow
    appointedd appsflyer appsignal appstoreconnect appsynergy apptivo appveyor aqicn arbiscan
    artifactory asana ashby assemblyai assemblyapi astronomer atera atlassian auth0 auth0api
    authy autodesk autoklose autotask avalara avaza aviationstack aweber axiom axonaut
    axosoft aylien ayrshare azuredevops backblaze backblazeb2 baichuan bamboohr bamboohrapi
    bandsintown bannerbear baremetrics basescan baseten basiqio beamer beebole belvo besttime
    betterstack betteruptime beyondtrust bigcommerce billcom billomat binaryedge bingmaps
    bingsubscription bitbar bitbucket bitbucketserver bitcoinaverage bitfinex bitly bitmex
    bitpay bitquery bitrise bitriseio bitrix24 bittrex blablabus blazemeter blitapp blizzard
    blockchaininfo blockcypher blockfrost bluesnap blynk bombbomb bookkeepingapp boostnote
    borgbase braintree brandfetch brevo brightdata bringg browserless browserstack browshot
    bscscan btcpay buddyns buddyworks bugcrowd bugfender bugherd bugsnag buildkite bulbul
    bungie bunnycdn bunnynet burstsms buttercms buttondown bybit cabify cachefly caflou
    calendarific calendly calendlyapi calorieninja calorieninjas campaignmonitor campayn
    cannyio capsulecrm captaindata carbonblack carbone carboninterface cartodb cashboard
    cdn77 celigo censysio centralstation cerebrasai cexio chainlink changelly chargebee
    chargify chartbeat chartmogul chatfuel chatfule chatwoot checio checkly checkmarx
    checkoutcom checkvist circleci cisionapi clarifai clearbit clevertap clickatell
    clickatellapi clickfunnels clickhelp clickmeeting clicksend clickup clientary climacell
    clinchpad clockify clockifyapi clockworksms cloudconvert cloudconvertcom cloudelements
    cloudflare cloudhealth cloudimage cloudinary cloudinaryapi cloudinsight cloudmersive
    cloudplan cloudsight cloudsmith cloudsmithio cloudways cloverly cloze clustdoc codacy
    codat codeclimate codecov codefresh codemagic codequiry cognitoforms cohere cohereai
    coinapi coinbase coincap coingecko coinlayer coinlib coinmarketcap coinmetrics
    coinpaprika coinpayments coinranking cometml commercejs commercetools companyhub conekta
    configcat confluent constantcontact constructorio contentful contentfulcms contentsquare
    contentstack conversiontools convertapi convertflow convertkit convertkitapi convier
    copyai coralogix coreweave cosmicjs countly countrylayer covalent coveo coveralls
    craftmypdf crashlytics cratesio crawlera cronitor cronofy crossbrowsertesting crowdin
    crowdinapi crowdstrike crunchbase cryptoapis cryptocompare cryptopanic culqi currencyapi
    currencycloud currencyfreaks currencylayer currencyscoop currents currentsapi
    customerguru customerio customerioapi cutly cyberark cybersource d7networks dailyco
    dareboost dashlane dashscope databox databricks datadog datadoghq dataforseo datagov
    datarobot datastax datocms dbip dbtcloud deadmanssnitch debounce deel deepai deepgram
    deepgramapi deepl deepnote deepseek defisafety dehashed delighted delinea denodeploy
    descope detectify detectifyapi detectlanguage devcycle dfuse diawi diffbot diggernaut
    digicert digitalocean diigo discogs discord disqus ditto dlocal dnscheck dnsimple docebo
    dockerhub dockerhubapi dockerio docparser docraptor docspring docsumo documo docusignapi
    docuware doofinder doordash doppler doppleri dotdigital dotmailer dovico dreamhost
    dripapp dronedeploy dropbox duffel dwolla dwollav2 dynalist dynatrace dyspatch easbuild
    easyinsight easypost easypostapi easyship ebanx ebayapi ecostruxure ecwid edamam
    edamamapi edenai edgio eightxeight elasticcloud elasticemail elasticio elevenlabs
    emailable emailhunter emailoctopus emailverifyapi emsisoft enablex endorlabs enom
    enormail env0 eodhd eraser esendex etherscan ethplorer etsy eventbrite everhour
    everhourapi eversign exchangerate exchangerateapi exchangeratehost exchangeratesapi
    exoscale expedia expensify exportsdk extractorapi facebook faceplusplus facepp facturapi
    fastforex fastly fastspring faunadb feedier fetchrss fibery figma filebase fileio
    filestack finage financialmodelingprep findl finhub finicity finicityapi finnhub
    fireflies firehydrant fireworksai fivetran fixer fixerapi fixerio flagsmith flatio
    fleetbase fleetio flexport flickr flickrapi flightapi flightaware flightlabs flightstats
    flowflu flutterwave fmpcloud forgerock formbucket formcraft formio formsite formstack
    fossa foursquare frameio framerapp freeagent freecurrencyapi freshbooks freshbooksapi
    freshchat freshdesk freshping freshsales freshservice frontegg ftmscan fullstory
    fullstorycom fusebill fusebit fusionauth fxmarket gainsight gcore geckoboard gemfury
    gengo geoapify geoapifycom geocode geocodeearth geocodify geocodio geoipifi getblock
    getemail getgeoapi getgist getproxylist getresponse getresponseapi getsandbox gettyimages
    ghcr ghostcms giantbomb giphy gitbook gitguardian gitter givebutter gladia glassnode
    gocanvas gocardless godaddy goodreads googlemaps gorest gorgias grafana graphcms
    graphhopper greenhouse greynoise groovehq groqcloud growsurf growthbook gtmetrix
    guardianapi guesty gumroad gumroadapi gupshup gusto gyazo habitica hackerone handwrytten
    happyscribe harness harnessio harvest harvestapi hasura haveibeenpwned healthchecksio
    helicone heliconeai helius hellosign hellosignapi helpcrunch helpjuice helpscout hereapi
    heroku hetzner hevodata hibob hightouch hirefire hitbtc hiveage hockeyapp holidayapi
    honeybadger honeycomb hookdeck hostaway hostinger hotjar housecanary html2pdf huawei
    huaweicloud hubspot hubstaff hubstaffapi huggingface humanity hunterapi hunterio
    hybridanalysis hygraph hypefury hypertrack icims iconduck iconfinder iexcloud iflytek
    iformbuilder ifttt igdb ilovepdf imagekit imagekitio imageshack imagga imgix imgur
    infisical infura inoreader insightly instabot instabug instagram instamojo instana
    instapaper integromat intelx intercom interseller intrinio intruder invision invoiceocean
    ip2location ipapi ipbase ipdata ipgeolocation iphub ipinfo ipinfodb ipquality
    ipqualityscore ipregistry ipstack ipstackapi iterableapi iyzico jazzhr jdcloud jdoodle
    jenkins jfrog jfrogio jina jira joesandbox jotform jotformapi jumio jumpcloud
    jumpcloudapi jumpseller juro kaleyra kanbanflow kanbanize kanbantool karix karmacrm keap
    keen keenio keepincrm kentico keycdn keygen keywordtool kickbox kinde kingsoft kinsta
    klarna klaviyo klaviyoapi klevu klipfolio knapsackpro komiko kontent kraken kubecost
    kucoin kustomer kylas labelbox lambdalabs lametric langfuse langsmith languagelayer
    lastfm lastfmapi launchdarkly launchnotes lawmatics lead411 leadfeeder leakix leanix
    leanplum leaseweb lemlist lemonsqueezy lendflow lessannoyingcrm lexigram lexisnexis
    lighthouse linearapi linenotify linkedin linkpreview linksafe linode lithic liveagent
    livechat liveperson liveramp livestorm loadmill lob localizely locationiq logdna
    logentries loggly loginradius logrocket logrocketapi logtail logto logz logzio lokalise
    lokaliseapi loyverse lucidchart lufthansa luno macaddressio madkudu magicbell
    mailboxlayer mailboxvalidator mailchannels mailchimp mailchimpapp mailerlite mailersend
    mailgun mailinator mailjet mailjetsms mailmodo mailosaur mailsac mailslurp mailtrap
    makecom mandrill manychat mapbox mapcamp mapillary mapquest maptiler marketaux marketo
    marketstack maropost marqeta matillion mattermost mavenlink maxio maxmind meaningcloud
    medallia mediastack mediavine meilisearch meistertask memsource mercadopago mesibo
    messagebird messari metaapi metabase metaweather meteomatics meteostat metrilo midtrans
    mindmeister mintlify mixedbread mixmax mixpanel mockaroo moengage mojoauth mollie
    mondaycom moneybird mongodb monkeylearn moonclerk moosend moralis moralisio mouseflow
    mozscape mparticle mrticktock msg91 murf musixmatch mux muxdata muxvideo mybusiness
    myfreshworks myintervals mynewsdesk namecheap namecom namely namesilo nango nasaapi
    nasdaq nebius nethone nethunt netlify netsuite neutrino neverbounce newrelic newsapi
    newscatcher newsdata nexmo nexudus nexusrepo nftport nftstorage ngrok nicereply nightfall
    noaa nomics nordigen noticeable notion novita nowpayments nozbe nozbeteams nugetapi
    numlookup numlookupapi numverify nutritionix nutritionixapi nylas nylasapi nytimes oanda
    octoai octopusdeploy okcoin okta olark olostep omdb omdbapi omise omnisend omnisendapi
    onedesk onelogin onepage onepagecrm onesignal onesky onfido onfleet ontraport onwater
    onyphe ooni oopspam openai openaq opencage opencagedata opencellid opencorporates
    openexchangerates openfda opengraphr openpay openplz openrouter openrouteservice opensea
    openstates opentok openuv openvpn openweather openweatherapi openweathermap opsgenie
    optimizely ordnancesurvey outseta ovhcloud owlbot oxylabs pabbly packagecloud
    packagecloudio packagist packethost paddle pagarme pagerduty pagespeed pagseguro pandadoc
    pandascore paperform paperspace papertrail papyrs paralleldots parallelmarkets parcellab
    parcelperform parsehub parsers parseur parsio partnerstack passbase pastebin paydirtapp
    paylocity paymill paymo paymoapp paymongo paypal paysafe paystack payu pdfco pdflayer
    pdfmonkey pdfshift peopledatalabs pepipost personalai personio pexels phabricator
    phantomjscloud phishtank photoroom pinata pinatacloud pinboard pinecone pineconeio
    pingdom pingidentity pinterest pipedream pipedrive pipefy pivotaltracker pixabay pkgsrc
    plaid plaidapi planetscale planhat planviewleankit planyo platformsh plerdy plivo
    pocketapi podio poeditor pollsapi poloniex polygonio polygonscan polymarket portkey
    positionstack postageapp postaladdress postgrid posthog postman postmark powrbot
    prerender presspage prestashop printful printify prismic procore prodpad productboard
    promptly proofhub propelauth propublica prospectcrm protocolsio provesource proxycheck
    proxycrawl proxyscrape publit pubnub pulsedive pulumi purestake pushbots pushbullet
    pushcut pushengage pusher pushover pushpad pushwoosh qase qianfan qiniu quaderno qualaroo
    qualtrics qualtricsapi qualys quandl quantummetric qubole quickbooks quickbooksapi
    quickmetrics quicknode qwilr railway raindrop raisely rapid7 rapidapi rapidsos rapyd
    ravenpack rawg rawgio raygun razorpay reachmail readwise reamaze rebilly rebrandly
    recaptcha rechargeapps rechargepayments recombee recurly recurlyapi reddit refiner
    regcheck rentman repairshopr replicate replicateapi replyio reportportal requestfinance
    resmio respondio restpack retable retellai revai revampcrm revolut ringcentral riotgames
    rippling riskified ritekit roaring roboflow rocketchat rocketreach rollbar ronin roninapp
    rottentomatoes route4me routemobile routific rownd rudderstack runcloud runpod runrunit
    runscope rutter saasquatch sabre safebrowsing sailpoint saleor salesblink salescookie
    salesflare salesforce salesloft salesmachine salesmate saltedge sambanova samsara sanebox
    sanity sanityio satellogic satismeter saucelabs saviynt scaleai scaleway scalingo scalr
    scalrio scoutapm scrapeowl scraperapi scraperbox scrapestack scrapfly scrapingant
    scrapingbee scrapingdog screenshotapi screenshotlayer scrutinizer scryfall searchbug
    searchspring seatgeek secureframe securitytrails segmentio selectpdf sellfy sellsy
    semaphore semaphoreci sematext semrush sendbird sendcloud sendfox sendgrid sendgridapi
    sendinblue sendowl sendpulse sendsafely sendwithus sentinelone sentry serpapi serper
    serphouse serpstack serpstat serpwow servicem8 setmore sevenrooms sezzle sharpspring
    sheetdb sheety sherpadesk ship24 shipday shipengine shippo shippoapi shipstation shodan
    shopee shopify shopware shotstack shutterfly shutterstock shutterstockapi sidekiq
    signable signalfx signalwire signaturit signnow signoz signrequest signupgenius signwell
    sigopt siliconflow simfin similarweb simkl simplecast simplelocalize simplesat simplybook
    simplynoted simvoly sinch sinchmessage sirv sitecore siteimprove siteleaf skrapp
    skybiometry skyscanner sleeknote smallpdf smartcar smartling smartlook smartproxy
    smartrecruiters smartsheet smartsuite smartystreets smooch smsapi snapchatads snipcart
    snipcartapi snorkel snovio snowtrace snyk snykio socketdev solaredge solarwinds
    sonarcloud sonarqube sonatype sonatypeossindex songkick sourcegraph sourcehut spacelift
    spamhaus sparkpost speechmatics speechtext speechtextai splitio splunk
    splunkobservability spoonacular spoonacularapi sportsmonk spotify spotinst spreaker
    squadcast squarespace squareup sslmate stackpath stadiamaps stannp statsapi statuscake
    statushub statuspage statuspal stepfun stitchdata stockdata stockx storecove storj
    stormboard stormglass stormglassio storyblok storyblokcms storychief strava streamlabs
    stripe stripo stytch stytchapi substack sugester sumologic supabase superannotate
    superchat supernotes supertokens surecontact surveyanyplace surveybot surveyjs
    surveymonkey surveysparrow survicate swiftype swiftypeapi symbl sympla tacticalrmm
    tailscale talend tallyfy tapfiliate tapjoy taskade tatum tatumio tawkapi tawkto taxjar
    teachable teamcity teamgate teamviewer teamwork teamworkcrm teamworkdesk teamworkspaces
    technicalanalysis technicalanalysisapi telegram telesign telestream telnyx tenable
    tencentcloud tenderapp tenderly terraform testfairy textbelt textlocal textmagic
    textrazor thehive themoviedb thenewsapi theoddsapi thetvdb thingspeak thinkific thirdweb
    thousandeyes thunderforest thycotic ticketmaster ticktick ticktickapi tiingo timecamp
    timelyapp timezoneapi timezonedb tineswebhook tinypng tmdb tmetric todoist todoistapi
    togetherai toggl tokeet tomorrowio tomtom tomtomapi tookan topsort trackingmore trackjs
    trackvia tracxn tradier trakt transferwise transifex transloadit travelpayouts travelperk
    travelport trayio trello trelloapi trengo tripadvisor truelayer truenas trustap
    trustpilot tumblr turbopuffer tutorcruncher tvdb twelvedata twilio twitchapi twitter
    twofactor tyntec typeform typeformapi typesense typetalk typless uberduck ubereats
    ubidots uclassify ucloud unifyid unleashedsoftware unplugg unsplash unsplashapi
    upcdatabase upcitemdb upguard uplead uploadcare uploadio upstash uptimecom uptimerobot
    uptobox upwave urlbox urlscan urlscanio usabilla userback userflow userlike userstack
    uservoice usgs v7labs vagrantcloud valueserp vastai vatcomply vatlayer vatsense vbout
    veracode vercel verifalia veriff veriphone verizonapi versioneye viator victorops viewneo
    vimeo vimeoapi vindicia virustotal visitorqueue visualcrossing voiceflow voicegain
    volcengine vonage vonageapi votesmart vouchery voyageai vpnapi vpnapiio vtiger vultr vyte
    waboxapp wakatime walkscore walletconnect wasabi watchmode wealthbox weatherapi
    weatherbit weathercom weatherstack weatherunlocked web3storage webceo webengage webex
    webflow webflowapi webhookrelay webpurify webscraper webscraping weglot weightsandbiases
    wellsaid wepay wercker what3words whatagraph whereby whimsical whitesource whoxy whylabs
    wistia withings wixapi woopra wordnik wordsapi workable workato workday workos worksnaps
    workstack worldcoinindex worldnewsapi worldpay worldtides worldweather wrike wrikeapp
    writesonic wufoo xata xcelerate xeggex xendit xero xeroapi xfyun yahoo yalantis yandex
    yapily yelp yext yodlee yotpo youcanbookme youneedabudget yousign yousignapi youtube ytel
    yummly zadarma zamzar zapier zapierapi zendesk zendeskapi zenefits zenkit zenler zenloop
    zenrows zenscrape zenserp zeplin zeplinapi zerion zerobounce zerotier zhipu zhipuai
    zilliz zipapi zipbooks zipcodeapi zipcodebase zipwhip zitadel zixi zoho zohobooks zohocrm
    zomato zonkafeedback zoom zoomeye zoominfo zulip zulipchat zuora zylalabs zyte""".split()  # noqa: SIM905 - read as words
)
_APART = ("new relic", "launch darkly", "travis ci", "drone ci", "private ai")
# Common words: they count in the name of a key only.
_IN_NAMES = frozenset(
    """affirm alchemy algorand ansible anthropic appwrite arize artsy atlantis audd audiobook
    autopilot aviator azure banana bandwidth bard batch beehiiv bing booking bouncer
    braintrust braze canny census chroma cicero clearml clerk clickhouse clio codeberg comet
    commodities conjur copper crisp dagster dandelion deezer demio descript determined
    directus dixa docker docusign domo dovetail drift duda elastic embrace encord enigma
    envoy expo fathom fitbit fofa forgejo front fulcrum fury garmin gemini genius gerrit
    gitea github gitlab gladly gogs goodday google hanko harbor hashicorp heap here hunter
    hyperbolic impact impala incidentio infobip jasper jawg kaggle kanban keeper kestra kite
    kiwi kong lattice launchpad lepton lever linear looker loom lusha lyft magento majestic
    medusa mend merge milvus minimax miro mistral mite modal moderation monday moonshot moov
    myob n8n neptune netcore netdata nimble nitro nomic nova npm nutshell okex oracle oura
    paragon parse parsely pendo perplexity phrase pivotal plausible playht plex plotly polar
    polygon prefect prisma promptlayer pushy qdrant quay ramp readme resemble revamp reverb
    rewardful rootly rudder sage scout section segment sender sesame shortcut skylight slack
    sonar soundcloud spike square statsig steamapi stitch strapi streak svix swell tally
    teller tenor terraform thumbtack tidal timely tink tito traefik tru twist twitch uber
    umami unit unleash vapi vero vespa wati wave weather weaviate whoop windmill windy wix
    woocommerce wordpress worldcoin xano yoti zep zuplo""".split()  # noqa: SIM905
)
_RARE = _ONE | frozenset(name.replace(" ", "") for name in _APART)
_ALL = _RARE | _IN_NAMES
# Names that tell a key's issuer wherever a value is given to them; long enough to be rare.
SINGLE = sorted(name for name in _ONE if len(name) >= 5)
_RUNS = re.compile(r"[a-z0-9]+")


def names_one(words: list[str]) -> bool:
    """True when one of the words of a name, or two together, name a provider."""
    pairs = (a + b for a, b in pairwise(words))
    return not _ALL.isdisjoint([*words, *pairs])


def is_one(name: str) -> bool:
    """True for the name of a provider and nothing else."""
    return name.lower().replace(" ", "") in _RARE


def near(text: str) -> bool:
    """True when a text names a provider, by a name that is rare in any text."""
    runs: list[str] = _RUNS.findall(text.lower())
    words = {form for run in runs for form in (run, run.rstrip("0123456789"))}
    return not _RARE.isdisjoint(words) or not _RARE.isdisjoint(a + b for a, b in pairwise(runs))
