"""What a few words say of a person (GDPR Art. 9), by name (see `scanner.rulepacks.proofs`).

The lists hold the beginnings of words, in the nine languages of the rules; `_` is a space.
"""

from __future__ import annotations

import re

_ILLNESS = r"""
    diabet cancer cáncer câncer cancro krebs \w{0,12}krebs kanker \w{0,12}kanker nowotw
    rak(?:a|iem)?\b \w{0,12}(?:carcinom|karzinom|sarcom|lymphom|linfom) chłoniak tumou?r
    leuk[aä]?e?mi leuc[eé]mi białaczk melanom d[eé]press depresj depresi depressie bipol[aä]r
    dwubiegun schizo esquizo skizo anxiety angst(?:st|z|\b) ansiedad ansia\b ångest demen[ctz]
    démence alzheimer parkinson [eé]pile(?:p|ss) padaczk cukrzyc asthm asma\b astm copd\b bpco\b
    epoc\b hyperten hiperten iperten nadciśn heart_failure stroke\b infar[ck]t schlaganfall
    avc\b ictus\b udar beroerte (?:multiple_)?s[ck]l[eé]ro e?scleros stwardnien herzinsuff
    niereninsuff (?:kidney|liver|heart|lung)_(?:disease|failure) pneumoni lungenentz crohn
    lupus\b c[oœ]?e?liac celíac zöliak hiv\b vih\b aids\b sida\b syphilis sífilis tubercul
    tuberkul gruźlic autis adhd\b adhs\b tdah\b ptsd\b ptbs\b tept\b anorexi anoressi bulimi
    pregnan schwanger enceinte embaraz incinta grávid zwanger ciąż gravid\b fracture fraktur
    migr[aäe]in migra[eñ] emicran migren an[aä]emi anémi anemi obes adipos otyłoś borderline
    burn-?out dialys dializ dialis miscarriage fehlgeburt alcoholism alkoholi alcoolis endometr
    psoria wheelchair rollstuhl deaf\b blind\b gehörlos taub\b sourd aveugle sord[oa]\b cieg[oa]\b
    paralys paralis amput dyslex legasthen substance_abuse addiction
    lymphoma hepat[iy] hépat epatit wzw\b
    \w{0,12}(?:scler|skler|cirrh|psych|fibr|thromb|sten|neur|arthr)os[ei]s?
    \w{0,12}(?:arthr|bronch|pancreat|dermat|col|gastr|nephr|append|mening)it(?:e|is)\b
""".split()  # noqa: SIM905 - read as words
_SPECIAL = r"""
    musl[iy] moslem islam christ krist chrze[sś] [ck]at[hoóò] kath?o r(?:öm|om|zym) rk\b
    [eé]?vang[eé] ewang protest orthodo ortodo prawosł luther jewish jüd jud[aeií] jui[fv]
    ebre[oai] jood joods żyd hindu budd bouddh sikh ath?[eé][iï] agnosti mormon jehov zeug[ei]
    bahá non-?bin transg transs? trans\b cis-?gender agender
    pagan quaker baptist method anglic konfessionslos heterose homose bise[xk]s? gay\b
    lesb schwul queer asexu pansex hispanic latin african asian black\b white\b caucas arab
    roma\b kurd turk t[uü]rk gitan afro indigen native_ maori inuit jewish somal persian green
    labou?r conservat democrat republican social(?:ist|dem) commun kommun liberal libertar cdu\b
    spd\b csu\b afd\b fdp\b vvd\b pvda\b psoe\b pp\b vox\b partei part[iy]\b partito partido
    podemos lega\b yes\b member\b ver\.?di ig_metall cgil\b ccoo\b ugt\b cgt\b cfdt\b fnv\b
    solidarno unison\b
""".split()  # noqa: SIM905 - read as words
_START = r"(?<![^\W_])"  # of a word
_ILL, _TOLD = (
    re.compile(f"{_START}(?:{'|'.join(words).replace('_', ' ')})", re.IGNORECASE)
    for words in (_ILLNESS, _SPECIAL)
)
_ICD = re.compile(r"[A-TV-Z]\d{2}(?:\.\d{1,2}[A-Z]?(?![\w.])|$|[,;)/])")  # ICD-10


def illness(text: str) -> str | None:
    """Names an illness, a pregnancy or an injury, or its code in ICD-10."""
    return "an illness" if _ILL.search(text) or _ICD.match(text) else None


def special_category(text: str) -> str | None:
    """Names a faith, an origin, an orientation, a party or a union."""
    return "belief, origin or orientation" if _TOLD.search(text) else None


PROOFS = {"illness": illness, "special-category": special_category}
