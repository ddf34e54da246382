"""Letters, reviews, posts, transcripts and reports that training knows nothing of, for `names.py`.

The sentences share no template with `scripts/names/`, and many of the names are of peoples that
are in none of the lists training draws from.  {p} is a full name, {f} a first, {l} a last name,
{a} an address: these are wanted.  {h} is a handle and {w} a hashtag made of a name: not wanted.
"""

from __future__ import annotations

import random
import re

Labelled = tuple[str, list[tuple[int, int, str]]]

_FIRST = (
    "Aroha|Wiremu|Eluned|Gethin|Angharad|Itziar|Koldo|Nekane|Oriol|Neus|Chukwuemeka|Ngozi|Ifeanyi|"
    "Adaeze|Tigist|Bekele|Dawit|Malakai|Sione|Tevita|Jejomar|Rodel|Maricel|Syafiqah|Aizat|Aigerim|"
    "Nurlan|Batbayar|Thandiwe|Sipho|Nomvula|Wanjiru|Kamau|Achieng|Oisin|Niamh|Cormac|Guðrún|Mirembe|"
    "Kyaw|Thiri|Sokha|Kawika|Leilani|Denise|Kevin|Marge|Todd|Priya|Hank|Becky|Stu|Yvonne|Carlos|"
    "Deborah|Ahmed|Lucia|Heather|Jeff|Sanjay|Brenda|Matthias|Chloe|Raúl"
)
_LAST = (
    "Ngata|Parata|Llewelyn|Gruffudd|Etxeberria|Arrizabalaga|Puigdomenech|Casadevall|Okonkwo|Nwosu|"
    "Gebremariam|Tadesse|Fonoti|Taufahema|Macaraeg|Dimaculangan|Nurmagambetov|Seitkali|Ganbold|"
    "Dlamini|Mkhize|Nyambura|Odhiambo|O'Sullivan|Ó Briain|Jónsdóttir|Gunnarsson|Ssemwanga|Hlaing|"
    "Kealoha|Pruitt|Hollis|Vandermolen|Kowalczyk|McGrath|Abernathy|Delacroix|Fitzsimmons|Bhatt|"
    "Haddad|Lindqvist|Ostrowski|Tanaka|Weatherby|DiMarco|Stubbs|Albrecht|Quintero"
)
_ADDRESSES = (
    "27 Tamarind Crescent, Lautoka|4/118 Riddiford Street, Wellington 6021|Ffordd y Sir 9, Bangor|"
    "1180 Bay Laurel Ct Apt 6, Petaluma, CA 94952|Plot 15, Admiralty Way, Lekki, Lagos|"
    "Calle de Bidebarrieta 14, 48005 Bilbao|Lindenstraße 44, 10969 Berlin|"
    "3 rue des Tanneurs, Tours|88 Jalan Ampang, 50450 Kuala Lumpur|"
    "Flat 2, 61 Harbour Terrace, Leith EH6 6JN|"
    "509 County Road 12, Willmar, MN|Via dei Mille 22, 80121 Napoli|17B Moi Avenue, Nairobi|"
    "Rua Augusta 1508, São Paulo|PO Box 771, 12 Station Rd, Dunedin|Kungsgatan 5, Uppsala"
)
_WORDS = {
    "h": "@{}_official|@real{}|@its{}x|@{}1987",
    "w": "#{}|#Team{}|#{}ForMayor|#Thank{}",
}

LETTERS = (
    "{f},\n\nAttached is the redline. Have {f} look at section 4 before it goes to {p}.\n\n{f}",
    "Folks -\n\nI ran this by {p} in Legal and she is comfortable. Get with {f} on the rest.",
    "I spoke with {p} about the pipeline capacity; he will get back to us Thursday.\n\nThx\n{f}",
    "----- Forwarded by {p} on 03/14 -----\nDoes this work for you?\n\n{f}",
    "> {f} told me you had the keys.\n> I need them back.\nNo I gave them to {p} last week!",
    "Mr. {l} has resigned effective today, his duties pass to {p} until further notice.",
    "Just a heads up that Mrs. {l} will be by at noon to pick up the folder.",
    "We have approval from both {p} and {p}, so you may book the trip.",
    "Many thanks to {f} and {f} for holding the fort while I was in hospital.",
    "Could somebody from your side ring {p}? She never got the second invoice.",
    "I'd rather you didn't copy {l} on these. Talk soon, {f}",
    'As {p} put it in her note, "we are not in the storage business".',
    "It was good seeing you and {f} in Austin, the kids still talk about it.",
    "Per my conversation with {p}, the deal closes on the 14th.",
    "{f} - any luck with the landlord? {f} said he never picks up.",
    "Both the Enron desk and the Houston office will be closed on Thanksgiving.",
    "The Board met in Room 4B of the Plaza and approved the Master Agreement.",
    "Please use Internet Explorer and enter your Password in the Remote Access box.",
    "Attached you will find the Guaranty, the Credit Annex and the draft Letter of Intent.",
    "In March we moved from Lotus Notes to Outlook, so the old Calendar is gone.",
)
REVIEWS = (
    "{f} cut my hair exactly how I asked, will be back!!",
    "Ask for {p} in the service department, he treated my mom like family.",
    "Dr. {l} and her assistant {f} were so patient with my toddler.",
    "Shout out to {f} who stayed an hour late to fix our furnace.",
    "The owner, {p}, yelled at us in front of the other guests.",
    "I have been seeing {p} for my back for years and trust no one else.",
    "Rude!!! The lady at the till ({f}) rolled her eyes at me.",
    "Our realtor {p} sold the house in nine days, thank you {f}!",
    "We hired {f} and {f} to shoot our wedding and the pictures are stunning.",
    "My son {f} loves his swimming teacher, Miss {l}.",
    "{p} is a crook, do NOT let him touch your car.",
    "Read this after {p} recommended it on her podcast; {l} writes beautifully.",
    "Best Pad Thai in town, and the Mango Sticky Rice is to die for.",
    "The Marriott by the Convention Center charges 30 dollars for parking, avoid.",
    "Bought the Le Creuset in Cherry and my wife swears by it.",
    "Took my Honda Civic to Jiffy Lube and they forgot the oil cap.",
    "The Crispy Duck at Golden Palace is overpriced, the Dim Sum is fine though.",
    "Kids loved Frozen and the Lion King costumes, Santa was there too.",
)
POSTS = (
    "RT {h}: can't believe {p} is really leaving the show https://t.co/a8Xk2Lq0",
    "smh {p} lost again... told yall {w}",
    "{h} {h} lol did {f} really say that",
    "OMG {p} JUST WALKED INTO THE CAFE IM SHAKING",
    "why is nobody talking about {p}'s speech?? {w}",
    "Tonight 8pm: {p} live in conversation w/ {p} #books https://t.co/Zk81nQ",
    "{l} scores!! 2-1 and ten minutes left",
    "happy bday {f}!! miss u so much \U0001f62d\U0001f389",
    "{p} to step down as chair - BBC https://t.co/qq81Lz",
    "me and {f} are never going to that club again \U0001f602",
    "VIDEO: Mayor {l} answers questions on the new tram line",
    "i swear {f} and {f} are the same person",
    "Ya girl {f} got the job!!! \U0001f64c\U0001f64c #blessed",
    "Is it me or does {p} look like a young {p}",
    "So {p} really thinks we forgot huh {h}",
    "RT {h}: Good Morning World, another Monday #motivation",
    "Follow {h} for the best deals this Black Friday!! https://t.co/9qQz",
    "Watching the Grammys with a Big Mac and zero regrets",
    "New on the blog: Ten Hidden Gems In The Lake District #travel",
    "Arsenal v Chelsea, Sunday, Sky Sports. Cant wait {w}",
    "ugh mondays. need coffee and the new Call of Duty",
    "{h} thanks for the follow! Check out Summer Vibes on SoundCloud",
)
TALK = (
    "{f}: So where were you on the Friday?\n{f}: At home, with {p}.",
    "SPEAKER 1: Okay, let's move on. {f}, do you want to start?",
    "[00:14:22] {p}: yeah, uh, I think {f} has the numbers on that.",
    "Agent: Thanks for holding. Am I speaking with {p}?\nCaller: Yes, this is {f}.",
    "Q. And did you discuss this with {p}?\nA. I don't recall, maybe with Mr. {l}.",
    "um so like {f} was telling me you know that {p} moved out",
    "Interviewer: How did you meet {p}? Guest: Through my cousin {f}, actually.",
    "Caller says her neighbor, {p}, has been locked out since noon.",
    "SPEAKER 2: The Phase Two budget, right, and then the Q3 Roadmap.",
    "Agent: Please open the Settings App and tap Reset Network. Caller: OK, done.",
)
REPORTS = (
    "{p}, a spokeswoman for the ministry, declined to comment on Friday.",
    "Analysts led by {p} of Northgate Capital cut their forecast.",
    "{l}, 43, was taken to hospital after the collision on the A14.",
    "The defence, led by {p}, argued that {l} had acted alone.",
    "Coach {p} praised {l} after the shoot-out.",
    "In her memoir {p} recalls growing up above a bakery in Tours.",
    "Prime Minister {p} and his deputy {p} arrived by train.",
    "The prize went to {p} for her study of coral reefs.",
    "Shares of Northgate Capital rose on Tuesday after Ofcom cleared the merger.",
    "The Treaty of Utrecht was signed in the Town Hall of Utrecht.",
    "Heavy rain closed the Severn Bridge and flooded parts of Gloucester.",
    "The Supreme Court sided with Oxfam in the Land Rights case.",
)
PLACES = (
    "Courier left it at {a} by mistake, can you check?",
    "Our landlord at {a} still has the deposit.",
    "pls send the crew to {a} asap, water everywhere",
    "Mum's new place is {a}. Ring twice.",
    "The accident happened outside {a} around 6pm.",
    "Invoice goes to {a}, not to the old office.",
)
GENRES = {"letters": LETTERS, "reviews": REVIEWS, "posts": POSTS, "talk": TALK, "reports": REPORTS}


def texts(genre: str, size: int, seed: int = 11) -> list[Labelled]:
    """Made-up texts of one of the genres, or of "places"."""
    rng = random.Random(f"{genre}{seed}")
    templates = PLACES if genre == "places" else GENRES[genre]
    return [_filled(rng.choice(templates), rng) for _ in range(size)]


def _filled(template: str, rng: random.Random) -> Labelled:
    text, spans, at = "", list[tuple[int, int, str]](), 0
    lower = template.islower() and rng.random() < 0.5  # `{f}` is lower case itself
    for slot in re.finditer(r"\{(\w)\}", template):
        text += template[at : slot.start()]
        word = _word(slot[1], rng)
        word = word.lower() if lower else word.upper() if template[:3].isupper() else word
        if slot[1] not in _WORDS:
            label = "ADDRESS" if slot[1] == "a" else "PERSON"
            spans.append((len(text), len(text) + len(word), label))
        text, at = text + word, slot.end()
    return text + template[at:], spans


def _word(slot: str, rng: random.Random) -> str:
    if slot == "a":
        return rng.choice(_ADDRESSES.split("|"))
    first, last = rng.choice(_FIRST.split("|")), rng.choice(_LAST.split("|"))
    if slot in _WORDS:
        return rng.choice(_WORDS[slot].split("|")).format(first)
    return {"p": f"{first} {last}", "f": first, "l": last}[slot]
