"""What residue, credits and bylines look like, one line at a time: a table of named rules. Knows no article as a whole.

The rules are about how web pages are made (menus, share buttons, reply forms, photo lines), never about one corpus.
Each takes a line without surrounding white space. They are written to miss rather than to take away what an article
says: hence the limits of length, and the many that want the whole line to match.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.domain import MarkKind

_SHARES = (
    r"facebook|twitter|x|whats ?app|reddit|e-?mail|linkedin|pinterest|telegram|tumblr|messenger|flipboard|vk|print"
)
_TITLED = r"[A-Z0-9‘'“\"].*[^.!?…:;,]"  # begins like a title and does not end like a sentence
_NAME = r"(?:[^\W\d_a-z]\.|[^\W\d_a-z][\w’'-]*(?:\.[A-Z]\.)?)"  # one capitalised word or an initial
_NAMES = rf"{_NAME}(?: (?:de|van|von|der|den|la|al|bin|el|{_NAME})){{0,4}}"
_AGENCY = r"(?:AP|AFP|EPA|PA|AAP|Reuters|Getty(?: Images)?|TASS|Xinhua|Shutterstock|iStock(?:photo)?|Alamy)"
_DATE = r"(?:\d{1,2}\.? [A-Z][a-z]+\.?,? \d{4}|[A-Z][a-z]+\.? \d{1,2},? \d{4}|\d{4}-\d\d-\d\d)"


@dataclass(frozen=True, slots=True)
class LineRule:
    """A line is ``kind`` when the pattern is found in it and it has at most ``longest`` characters."""

    name: str
    kind: MarkKind
    pattern: re.Pattern[str]
    longest: int = 200

    def matches(self, line: str) -> bool:
        """Whether the rule holds for ``line``, which has no white space around it."""
        return len(line) <= self.longest and self.pattern.search(line) is not None


def _rule(name: str, kind: MarkKind, *patterns: str, longest: int = 200, case: bool = False) -> LineRule:
    """Any of ``patterns``; with ``case``, capitals count (and ``(?i:...)`` takes them out again)."""
    flags = re.NOFLAG if case else re.IGNORECASE
    return LineRule(name, kind, re.compile("|".join(f"(?:{p})" for p in patterns), flags), longest)


LINE_RULES: tuple[LineRule, ...] = (
    _rule(
        "breadcrumb",
        "residue",
        r"^home ?(?:page)?\s*[»›>/|→·]",
        r"^(?:[^«»‹›.!?]{2,40}\s[»›]\s){2,}",
        r"^you are here\s*:",
    ),
    _rule(
        "navigation",
        "residue",
        r"^(?:skip (?:to|navigation)\b.{0,60}|toggle navigation|(?:back|go) to top|sitemap)$",
        r"^jump to (?:a |the )?(?:topic|section|content|navigation|recipe)\b",
        r"^table of contents\b",
        r"^(?:[←‹«<]\s*)?(?:previous|prev|next|older|newer) (?:post|article|story|page|entry|entries)s?\b.{0,120}$",
        r"^(?:[←‹«<]\s*(?:previous|prev|older)|(?:next|newer)\s*[›»>→]|previous|prev)$",
        r"^(?:(?:prev|next) )*image \d+ of \d+$",
        r"^(?:log|sign) ?in(?: (?:or|/) (?:register|sign up|subscribe))?$|^(?:register|my account)$",
        r"^(?:privacy policy|terms (?:of|and) (?:use|service|conditions)|contact us|about us)(?:\W.{0,80})?$",
        r"^(?:show|load|read|view|see) (?:more|all|less)(?: (?:comments?|articles?|stories|posts|photos|news))?\W*$",
        r"^(?:watch|listen|shop|play|buy|subscribe|learn more|download) now\W*$",
        r"^(?:loading|please wait)\W*$",
    ),
    _rule("menu", "residue", r"^[^|.!?:;,\d]{1,24}+(?: ?+\| ?+[^|.!?:;,\d]{1,24}+){2,}+$"),
    _rule(
        "related",
        "residue",
        r"^(?:also read|also see|read more|see more|read next)(?: (?:on|about|from)\b[^:]{0,60})?\s*[:|–—]",
        r"^(?:related|recommended|watch this(?: story)?|read this next|don[’']t miss|up next|editor[’']s picks)"
        r"(?: (?:articles?|stories|story|posts?|pages|coverage|content|links|topics|news|reading|for you))?\s*:",
    ),
    _rule(
        "related-title",
        "residue",
        r"^(?i:see|read|watch) also\b\W{1,3}" + _TITLED + "$",
        r"^(?i:related(?: (?:articles?|stories|posts?))?) " + _TITLED + "$",
        r"^(?:MORE|READ MORE|WATCH|LISTEN|SEE MORE|GO DEEPER)(?: [A-Z]{2,}){0,3}\s*[:|–—]",
        case=True,
    ),
    _rule(
        "related-opener",
        "residue",
        r"^you (?:may|might) (?:also )?(?:like|be interested in|enjoy)(?: these| this)?\W*$",
        r"^(?:related|recommended|popular|trending|most (?:read|popular|viewed))"
        r"(?: (?:articles?|stories|posts?|pages|news|reading|videos?|topics|for you|now))?\W*$",
        r"^(?:see also|read also|also read|read next|up next)\W?$",
        r"^more (?:articles|stories|posts|news) (?:from|on|in|by) .{2,40}$",
        longest=60,
    ),
    _rule(
        "comments",
        "residue",
        r"^(?:leave|post|add|write) (?:a|your) (?:reply|comment|response)\b(?: cancel reply)?\W*$",
        r"^cancel reply$|^(?:join|start) the (?:conversation|discussion)\W*$",
        r"^your e-?mail address will not be published\b",
        r"^required fields are marked\b",
        r"^save my name, e-?mail\b",
        r"^(?:name|e-?mail|website|comment)\s*\*(?:\s*(?:e-?mail|website)\s*\*?)*$",
        r"^(?:view |show |no |\d{1,5} )?comments?(?: \(?\d+\)?| off| closed| are (?:closed|off)(?: .{0,40})?)?$",
        r"^(?:you must be|please) log(?:ged)? in to (?:post|leave|comment)\b",
    ),
    _rule(
        "share",
        "residue",
        rf"^(?:share(?: (?:this|on|via|with))*\W*)?(?:(?:{_SHARES}|share)\b[\s,|/•·]*){{2,}}(?:share|more|copy link)?$",
        r"^(?:share|tweet|pin|print|bookmark|copy link)\W*(?:\d{1,4})?$",
        r"^share (?:this|on|via|with|it)(?: (?:article|story|post|page|link|entry|on|via|with|to|your|friends|facebook|"
        r"twitter|x|linkedin|whatsapp|email|social|media|the))*\W*(?:\d{1,4})?$",
        r"^(?:like|follow|find|join) us (?:on|at)\b",
        r"^follow (?:@\w+|(?:\w+ ){1,4}on (?:twitter|x|facebook|instagram|threads|linkedin|youtube|tiktok|telegram))\b",
    ),
    _rule(
        "subscribe",
        "residue",
        r"^(?:subscribe|sign up|register|join)(?: (?:now|today|here|free|for free))?(?: (?:to|for|in))?"
        r" (?:our|the|this|my|your)\b.{0,80}\b(?:newsletters?|updates|channel|podcast|mailing list|alerts|inbox)\b",
        r"^subscribe(?: (?:now|today|here|for free))?\W*$",
        r"^click here (?:to|for) (?:get|sign|subscribe|join|download|read|more|buy|watch)\b",
        r"^.{0,60}\bclick here (?:to sign up|to subscribe|to get the|for more\b.{0,40}\bnews)\b",
        r"^app users click here$",
        r"^get (?:the|our) .{0,60}\b(?:delivered|straight|sent) to your inbox\b",
        r"\bwant more .{0,60}\bin your inbox\?",
        r"^download (?:the|our)(?: \w+){0,4} app\b.{0,40}$",
        r"^thank(?:s| you) for (?:signing up|subscribing)\b",
        longest=260,
    ),
    _rule("newsletter-box", "residue", r"^skip past newsletter promotion\b|\bafter newsletter promotion$", longest=800),
    _rule(
        "advertisement",
        "residue",
        r"^(?:advertisements?|ad|ads|sponsored(?: content)?|promoted(?: content)?|paid content)"
        r"(?: ?[:-]? ?(?:story|article) continues below(?: (?:this |the )?(?:ad|advertisement))?)?\W*$",
        r"^(?:story|article) continues (?:below|after)\b.{0,40}$",
        r"^(?:scroll|swipe) (?:down )?(?:to continue|for more)\b.{0,40}$",
    ),
    _rule(
        "disclosure",
        "residue",
        r"\blinks?\b.{0,160}\b(?:may|might|will|can) (?:earn|receive|get) (?:a |an )?(?:\w+ ){0,3}commission\b",
        r"\bmay (?:earn|receive) (?:a |an )?(?:\w+ ){0,3}commission\b.{0,120}\blinks?\b",
        longest=360,
    ),
    _rule(
        "cookies",
        "residue",
        r"^(?:we|our partners|we and our partners|this (?:web)?site|our (?:web)?site) uses? (?:\w+ ){0,3}cookies\b",
        r"^(?:accept|reject|manage|allow)(?: all)?(?: \w+){0,2} cookies?\b.{0,40}$",
        r"^by (?:continuing|using|clicking|browsing)\b.{0,120}\bcookies?\b",
        r"^cookie (?:policy|settings|preferences|notice|consent)\b.{0,40}$",
        longest=400,
    ),
    _rule(
        "copyright",
        "residue",
        r"^(?:(?:text|photos?|images?|content)\W{1,3})?(?:copyright|©|\(c\)|&copy;)\W*(?:copyright\b|(?:19|20)\d\d\b)",
        r"^©.*\b(?:ltd|inc|llc|gmbh|limited|rights)\b",
        r"^(?:.{0,120}[.©]\s*)?all rights reserved\b.{0,120}$",
        r"^(?:except where otherwise noted, )?(?:images|photos|contents?) (?:is|are) (?:subject to|protected by) "
        r"copyright\b",
        longest=300,
    ),
    _rule("template", "residue", r"\{\{.*\}\}|<%.*%>|^\[(?:ad|embed|widget|sidebar|gallery)\b[^\]]*\]$", longest=400),
    _rule("tags", "residue", r"^(?:tags?|filed under|posted in|tagged(?: with)?)\s*:.{0,160}$"),
    _rule("rule-line", "residue", r"^[-–—=_*•·~#|/\\.\s]+$"),
    _rule("embed", "residue", r"^(?:embed from|this content is hosted by|view this post on)\b.{0,60}$"),
    _rule("bare-image", "residue", r"^!\[\]\([^)]*\)$", longest=600),
    _rule("image", "credit", r"^!\[[^\]]+\]\([^)]*\)$", longest=600),
    _rule(
        "photo-credit",
        "credit",
        r"^\(?(?i:(?:(?:cover|file|featured|main|title|lead|header|top) )?"
        r"(?:photos?|photograph[sy]?|pictures?|images?|illustrations?|screenshots?)"
        r"(?: (?:credits?|courtesy|source|copyright))?)"
        r"(?:\s*[:©]|\s+(?i:by|via|courtesy(?: of)?)\s+(?=[A-Z(@]))[^.!?]{0,100}\.?$",
        r"^\(?(?i:credits?)\s*:[^.!?]{0,100}\.?\)?$",
        r"^©(?!.*\b(?:19|20)\d\d\b)[^.!?]{2,80}\.?$",
        rf"^\(?{_AGENCY}(?: ?[/|,] ?[\w ]{{2,30}})?\)?$",
        longest=130,
        case=True,
    ),
    _rule(
        "caption-with-credit",
        "credit",
        r"[(\[](?i:photo|image|picture|photograph|illustration|file photo|credit)[^()\[\]]{0,20}?"
        r"(?:\bby\b|:|/|\bvia\b|\bcredit\b)[^()\[\]]{2,120}[)\]]\.?$",
        rf"\((?:[A-Z][^()]{{0,60}}(?:[/|] ?|, (?=Getty|Reuters)))?{_AGENCY}\b[^(),;]{{0,40}}\)$",
        r"(?:^|[\s.’”)])(?:Photograph|Photo credit|Image credit|Photo|Image|Photography|Illustration)(?: ?:| by| via) "
        r"[A-Z0-9][^.!?:]{1,80}$",
        rf"[|–—/] ?{_AGENCY}(?: ?(?:/|via|\|) ?[\w ]{{2,30}})?$|\bvia ?{_AGENCY}$",
        longest=330,
        case=True,
    ),
    _rule(
        "contributed",
        "byline",
        r"\bcontributed (?:to (?:this|the) (?:report|reporting|article|story|piece)|reporting)\b.{0,60}$",
        r"^(?i:(?:additional )?reporting(?: and writing)? by) [A-Z].{2,160}$",
        r"^(?:Writing|Editing|Edited|Translated|Compiled|Reported|Written) by [A-Z][^.!?]{2,120}\.?$",
        r"^(?i:with (?:reporting|files|additional reporting|inputs) (?:by|from))\b.{2,120}$",
        case=True,
    ),
    _rule(
        "first-published",
        "byline",
        r"^\W?(?:this|a version of this|the) (?:article|story|piece|post|essay|interview|column)\b.{0,60}"
        r"\b(?:first|originally) (?:appeared|published)\b.{0,140}$",
        r"^(?:originally|first) published\b.{0,100}$",
    ),
    _rule(
        "dateline",
        "byline",
        r"^(?i:(?:first |last )?(?:published|updated|posted|modified)(?: on| at)?\s*:?)\s*(?:[A-Z][a-z]+,? )?"
        rf"{_DATE}\b.{{0,40}}$",
        r"^(?:[A-Z][a-z]+day,? )?" + _DATE + r"(?:,? (?:at )?\d{1,2}[:.]\d\d.{0,16})?$",
        longest=90,
        case=True,
    ),
)
"""In order: the first rule that matches a line decides."""

BYLINE = re.compile(
    rf"^(?:[Bb]y|BY|(?i:words by|text by|story by)):? (?P<author>{_NAMES}(?:, {_NAMES})*(?:,? (?:and|&) {_NAMES})?)"
    r"(?P<rest>\s*(?:,|\||for|of|at|[-–—•])\s*[A-Z][^.!?]{1,60})?$"
    r"|^[Bb]y (?!now|then|far|hand|law|design|default|chance|mistake|accident)(?P<login>[a-z][\w.-]{1,20})$"
)
"""A line that names the author (``author``, or a lower-case ``login``). Believed near the beginning and end only."""

NAMES_ONLY = re.compile(rf"^{_NAME}(?: {_NAME}){{1,3}}(?:(?:, | and | & ){_NAME}(?: {_NAME}){{1,3}})*$")
"""Personal names and nothing else, as authors sign below an article."""

SOURCE_LINE = re.compile(r"^(?:source|via)(?:\s*:\s*|\s+)(?P<source>[^.!?\s]\S*(?: \S+){0,5})$", re.IGNORECASE)
"""A line that only names the source, as aggregators put below an article."""

BIO = re.compile(
    rf"^{_NAMES} (?:is|was) (?:an? |the |our )(?:[\w-]+ ){{0,5}}"
    r"(?:reporter|writer|journalist|columnist|editor|correspondent|contributor|freelancer|author|blogger)\b",
)
"""The sentence about the author that stands below an article."""

HEADER_FIELD = re.compile(
    r"^(?P<key>title|headline|author|by|date|published|source|outlet|publication|publisher|url|link|section)\s*:\s*(?P<value>\S.*)$",
    re.IGNORECASE,
)
"""A labelled line at the very top of a text, as clipping tools write them."""

MENU_WORD = re.compile(
    r"^(?:home|menu|search|news|world|politics|business|sports?|opinion|culture|lifestyle|about(?: us)?|"
    r"contact(?: us)?|login|log in|sign in|sign up|subscribe|register|my account|privacy policy|newsletters?|videos?|"
    r"photos?|podcasts?|shop|jobs|help|advertise|careers|archive|sitemap|terms of (?:use|service))$",
    re.IGNORECASE,
)
"""An entry of a site's menu. One alone may be a heading; short lines in a row with three of these are a menu."""

URL_LINE = re.compile(r"^<?(?P<url>https?://[^\s<>\"]{4,500})>?$")
"""A line that is a web address and nothing else."""
