"""Words that news English speaks with: verbs of saying, kinds of speakers, titles, places. Knows no text and no rule.

General English only; no word stands here for the sake of one article.
"""

from __future__ import annotations

from collections.abc import Iterable


def words(text: str) -> frozenset[str]:
    """The words of a string, as a set."""
    return frozenset(text.split())


_SAY = """say tell add stress emphasize emphasise claim explain insist assert declare announce admit acknowledge concede
confirm deny warn remark recall reveal argue maintain contend recount reiterate conclude write tweet quip joke
allege predict testify exclaim opine elaborate assure caution state note observe suggest report clarify disclose
complain lament muse boast vow pledge promise retort comment propose speculate indicate discover hint joke
signal specify realize realise show recommend advise detail confess"""
_QUOTE_ONLY = """continue ask reply respond answer agree post respond laugh begin urge repeat demand counter offer share
read describe call label dub term brand mention go sum sing shout cry"""
_MENTAL = "believe think hope fear expect doubt suspect estimate understand feel consider find guess reckon see argue"
_STANCE = """call describe condemn criticize criticise accuse praise blame dismiss denounce slam deny recognize welcome
urge question defend mock hail dispute thank compare demand"""

_IRREGULAR = {
    "say": ("says", "said", "saying"),
    "tell": ("tells", "told", "telling"),
    "think": ("thinks", "thought", "thinking"),
    "write": ("writes", "wrote", "writing"),
    "understand": ("understands", "understood", "understanding"),
    "feel": ("feels", "felt", "feeling"),
    "find": ("finds", "found", "finding"),
    "begin": ("begins", "began", "beginning"),
    "read": ("reads", "read", "reading"),
    "go": ("goes", "went", "going"),
    "see": ("sees", "saw", "seeing"),
    "sing": ("sings", "sang", "singing"),
    "deny": ("denies", "denied", "denying"),
    "reply": ("replies", "replied", "replying"),
    "testify": ("testifies", "testified", "testifying"),
    "clarify": ("clarifies", "clarified", "clarifying"),
    "cry": ("cries", "cried", "crying"),
    "admit": ("admits", "admitted", "admitting"),
    "quip": ("quips", "quipped", "quipping"),
    "slam": ("slams", "slammed", "slamming"),
    "label": ("labels", "labeled labelled", "labeling labelling"),
    "dub": ("dubs", "dubbed", "dubbing"),
    "vow": ("vows", "vowed", "vowing"),
    "show": ("shows", "showed", "showing"),
}


def _regular(base: str) -> tuple[str, str, str]:
    if base.endswith("y") and base[-2] not in "aeiou":  # specify
        return base[:-1] + "ies", base[:-1] + "ied", base + "ing"
    third = base + ("es" if base.endswith(("s", "sh", "ch", "x", "ss")) else "s")
    stem = base[:-1] if base.endswith("e") else base
    return third, stem + "ed", ("agreeing" if base == "agree" else stem + "ing")


def _forms(bases: str, which: Iterable[int]) -> frozenset[str]:
    """``which``: 0 third person, 1 past, 2 participle, 3 base."""
    found: set[str] = set()
    for base in bases.split():
        forms = (*_IRREGULAR.get(base, _regular(base)), base)
        for i in which:
            found.update(forms[i].split())
    return frozenset(found)


SAY = _forms(_SAY, (0, 1))
QUOTE_ONLY = _forms(_QUOTE_ONLY, (0, 1)) | {"goes"}
MENTAL = _forms(_MENTAL, (0, 1))
STANCE = _forms(_STANCE, (0, 1))
BASE = _forms(f"{_SAY} {_MENTAL}", (3,)) - {"report", "state", "claim", "note", "comment", "promise", "find", "see"}
PARTICIPLE = _forms(_SAY, (2,))
NEEDS_MORE = words(
    "shows showed details detailed realized realised recommended recommends advised advises specified added adds"
    " reports reported continued notes observed observes found finds felt feels saw sees considered considers"
    " suggested suggests shares revealed reveals commented comments recalled recalls maintained maintains proposed"
    " concluded concludes understood promised pledged vowed claimed claims offered assured predicted boasted"
    " boasts states stated expected expects comments guaranteed doubted reckoned explained explains wrote writes"
)
"""Verbs that have other uses: they report only before "that", a question word or a quotation, or behind a comma."""
DOUBLE_OBJECT = words("told tells tell assured assures assure")
SURE = words(
    "sure concerned worried afraid hopeful convinced confident certain adamant optimistic pessimistic sceptical"
    " skeptical"
)
HOPE_NOUNS = words(
    "hope readiness opinion view belief concern concerns confidence doubt doubts fear fears gratitude willingness"
    " support"
)

AUXILIARIES = words("has have had also then now further again later previously earlier recently repeatedly just once")
ADVERBS = AUXILIARIES | words(
    "therefore thus however still already simply publicly privately openly initially finally never always often even"
    " only first jointly firmly clearly bluntly famously reportedly allegedly separately subsequently similarly"
    " nevertheless did does do himself herself themselves metaphorically long since ever both all"
)
PASSIVE = words("was were is are be been being am get gets got")
NOT_ASSERTED = words("to would could should might must may will can cannot not n't shall did does do")

STOPS = words(
    "who that while when if because although though since whether which as but after before until unless where so"
    " than whereas once why how what whom whose or yet"
)
"""Words that end a noun phrase to their left."""

ARTICLES = words("the a an this that these those his her its their our my another one some many several both each no")
INDEFINITE = words("a an another one some many several multiple two three four other others few most various")
PREPOSITIONS = words(
    "like of for in at from to with by on about into over under between among against during through within as"
    " behind near without toward towards across via per inside outside around alongside after before following"
    " despite including besides beyond upon amid up"
)
PRONOUNS = words("he she they it")
OBJECT_PRONOUNS = {"him": "he", "her": "she", "them": "they", "his": "he", "their": "they"}

TITLES = words(
    "president vice prime minister secretary senator sen congressman congresswoman representative rep governor"
    " gov mayor director adviser advisor spokesman spokeswoman spokesperson chief general gen colonel col captain"
    " capt lieutenant lt major sergeant sgt admiral commander officer detective inspector chairman chairwoman"
    " chair chairperson ceo cfo cto coo founder co-founder cofounder dr mr mrs ms miss sir dame lord lady baroness"
    " king queen prince princess pope bishop archbishop rev reverend father sister professor prof assistant deputy"
    " ambassador judge justice attorney chancellor premier leader coach manager head analyst expert editor author"
    " actor actress singer star host coordinator republican democrat democratic labour conservative quarterback"
    " midfielder striker defender goalkeeper guard researcher scientist lawyer prosecutor candidate doctor speaker"
    " commissioner executive managing senior former ex councillor cllr msp mp mep economist journalist reporter"
    " correspondent principal dean envoy officer counsel cto linebacker receiver cornerback safety tackle centre"
    " center forward winger captain owner"
)
"""Words before a name that are not a part of it (compared in lower case, without a full stop)."""

DEMONYMS = {
    "american": "america", "us": "america", "u.s": "america", "u.s.": "america", "washington": "america",
    "america": "america", "states": "america", "british": "britain", "uk": "britain", "u.k.": "britain",
    "english": "england", "russian": "russia", "moscow": "russia", "kremlin": "russia", "chinese": "china",
    "beijing": "china", "prc": "china", "ukrainian": "ukraine", "kyiv": "ukraine", "kiev": "ukraine",
    "german": "germany", "berlin": "germany", "french": "france", "paris": "france", "italian": "italy",
    "spanish": "spain", "japanese": "japan", "tokyo": "japan", "korean": "korea", "indian": "india",
    "israeli": "israel", "iranian": "iran", "turkish": "turkey", "polish": "poland", "dutch": "netherlands",
    "swedish": "sweden", "norwegian": "norway", "danish": "denmark", "finnish": "finland", "irish": "ireland",
    "scottish": "scotland", "welsh": "wales", "canadian": "canada", "australian": "australia", "aussie": "australia",
    "mexican": "mexico", "brazilian": "brazil", "argentine": "argentina", "egyptian": "egypt", "saudi": "saudi",
    "palestinian": "palestine", "syrian": "syria", "african": "africa", "european": "europe", "eu": "europe",
    "asian": "asia", "portuguese": "portugal", "greek": "greece", "belgian": "belgium", "swiss": "switzerland",
    "austrian": "austria", "hungarian": "hungary", "romanian": "romania", "taiwanese": "taiwan",
    "vietnamese": "vietnam", "pakistani": "pakistan", "nigerian": "nigeria", "kenyan": "kenya",
    "belarusian": "belarus", "serbian": "serbia", "croatian": "croatia", "georgian": "georgia",
}  # fmt: skip
COUNTRIES = frozenset(DEMONYMS.values()) | {"federation", "united", "kingdom", "republic", "people's"}

ORG_WORDS = words(
    "university institute ministry department council committee commission association party bank group company"
    " corporation inc corp ltd llc club league federation union agency bureau office court police house senate"
    " congress parliament government times post news journal newspaper daily magazine telegraph guardian reuters"
    " tass bbc cnn association foundation center centre school college hospital church army navy force command"
    " board team studios media networks network sciences technologies systems labs research international global"
    " street park stadium city county state province river island sea ocean mountain airport station war cup"
    " championship games award awards festival act bill law agreement treaty day night week month monday tuesday"
    " wednesday thursday friday saturday sunday january february march april may june july august september"
    " october november december youtube twitter facebook google apple microsoft amazon instagram embassy affairs"
    " security intelligence kremlin nations"
)
"""A run of capitalised words that holds one of these names no person."""

PERSON_NOUNS = words(
    "expert analyst official representative spokesman spokeswoman spokesperson interlocutor source sources"
    " politician diplomat leader president minister senator congressman secretary director professor scientist"
    " researcher author critic observer witness insider executive manager coach player captain star singer actor"
    " actress rapper comedian mother father mom dad brother sister son daughter wife husband friend parent"
    " colleague neighbor neighbour resident user fan streamer gamer student teacher lawyer attorney prosecutor"
    " judge officer doctor nurse psychologist economist strategist scholar historian lecturer adviser advisor"
    " ambassador envoy commander general soldier veteran ceo founder co-founder boss chief head chairman"
    " chairwoman chair owner editor journalist reporter columnist correspondent host presenter broadcaster"
    " commentator pundit writer director producer actor designer developer engineer programmer investor trader"
    " banker economist politologist sinologist chancellor premier mayor governor king queen prince princess pope"
    " bishop priest man woman boy girl people someone somebody everyone nobody person individual authority"
    " authorities police government ministry department team crew company firm agency organization"
    " organisation group union club federation association committee commission council court regulator"
    " administration panel board lawmaker lawmakers officials parents critics experts analysts users fans some"
    " many others most member republican republicans democrat democrats tory tories party statesman candidate"
    " nominee veteran striker midfielder defender goalkeeper quarterback winger forward receiver linebacker"
    " manager skipper american aussie german russian briton englishman frenchman trio duo pair couple publisher"
    " studio newspaper paper magazine outlet website site blog broadcaster media press report reports study"
    " studies survey poll document statement letter filing lawsuit complaint article post bill memo indictment"
    " book review data researchers scientists sellers retailers customers consumers women men children kids"
    " workers employees doctors partner co-star musician artist guitarist drummer director-general doctor survivor"
    " victim suspect defendant plaintiff counsel aide deputy undersecretary coordinator servant head-of-state"
    " state guest teammate"
)
AGENT_ENDINGS = ("ologist", "ician", "ographer", "sman", "swoman", "sperson", "ist", "keeper", "holder", "maker")
DOCUMENT_NOUNS = words("report study survey poll document statement letter filing lawsuit complaint article post bill")
OUTLET_NOUNS = words("newspaper paper magazine outlet website site blog broadcaster agency publication channel tabloid")
GROUP_NOUNS = words(
    "company firm team government ministry department agency organization organisation group union club"
    " federation studio publisher council commission committee association police authorities administration"
    " league bank"
)
GENERIC = words(
    "expert analyst interlocutor source author scientist speaker specialist man woman scholar researcher"
    " economist politologist strategist observer"
)
"""With "the": whoever spoke last, whatever the role."""

KINDS: tuple[frozenset[str], ...] = (
    words("leader president state premier chancellor minister head king queen"),
    words("official representative spokesman spokeswoman spokesperson secretary coordinator adviser advisor director"),
    words("expert analyst professor director scientist researcher strategist scholar politologist sinologist head"
           " economist historian specialist psychologist author candidate lecturer fellow"),
    words("politician senator congressman congresswoman representative minister mp republican democrat member governor"
           " president leader lawmaker"),
    words("diplomat ambassador minister representative spokesman spokeswoman envoy secretary foreign head affairs"),
    words("manager coach boss"),
    words("player striker midfielder defender goalkeeper quarterback captain winger forward receiver star end"),
    words("actor actress singer star musician artist rapper comedian performer"),
    words("executive ceo boss founder co-founder chief chairman entrepreneur billionaire owner"),
    words("lawyer attorney counsel prosecutor judge"),
    words("journalist reporter editor correspondent presenter host columnist"),
)  # fmt: skip
"""Words that may stand for one another when a description points back to a role."""

FEMALE = words(
    "she her herself actress girlfriend mrs ms miss mother mom wife daughter sister actress woman queen princess"
    " spokeswoman lady dame"
)
MALE = words("he his him himself boyfriend mr father dad husband son brother actor man king prince spokesman sir lord")
MALE_NAMES = words(
    "james john robert michael william david richard joseph thomas charles christopher daniel matthew anthony"
    " mark donald steven paul andrew joshua kenneth kevin brian george edward ronald timothy jason jeffrey ryan"
    " jacob gary nicholas eric jonathan stephen larry justin scott brandon benjamin samuel gregory frank alexander"
    " raymond patrick jack dennis jerry tyler aaron jose adam nathan henry douglas peter zachary kyle ethan walter"
    " harold jeremy christian keith roger noah gerald carl terry sean austin arthur lawrence jesse dylan bryan joe"
    " billy bruce albert willie gabriel logan alan juan wayne roy ralph randy eugene vincent russell elijah louis"
    " bobby philip johnny luke travis martin simon neil ian graham stuart oliver harry liam mike steve dave tom"
    " tim jim bob bill sam ben dan matt chris nick tony greg ivan sergey sergei vladimir dmitry mohammed ahmed ali"
    " carlos luis pedro antonio hans jurgen pierre marco luca"
)
FEMALE_NAMES = words(
    "mary patricia jennifer linda elizabeth barbara susan jessica sarah karen lisa nancy betty margaret sandra"
    " ashley kimberly emily donna michelle carol amanda melissa deborah stephanie rebecca sharon laura cynthia"
    " kathleen amy angela shirley anna brenda pamela emma nicole helen samantha katherine christine debra rachel"
    " carolyn janet catherine maria heather diane ruth julie olivia joyce virginia victoria kelly lauren christina"
    " joan evelyn judith megan andrea cheryl hannah jacqueline martha gloria teresa ann sara kathryn janice"
    " abigail alice julia judy sophia grace denise amber doris marilyn danielle beverly isabella theresa diana"
    " natalie brittany charlotte marie kayla lori kate anne jane lucy claire fiona zoe chloe sophie ella mia"
    " caroline kristen olga elena natalia svetlana irina fatima aisha yasmin gina jill wendy tina paula"
    " monica eva nora"
)
OUTLETS = words("tass reuters cnn bbc rt afp ap bloomberg nbc cbs abc fox espn eurosport npr axios politico")
