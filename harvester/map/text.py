"""Text of the wild made tidy: invisible characters, spaces, accents, HTML and Markdown."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore

LONGEST_TEXT = 100_000
"""Characters kept of a description; portals have been seen to send 1.75 million."""

LONGEST_LINE = 1_000
"""Characters kept of a title or a name."""

TAGS = frozenset(
    [
        "a",
        "abbr",
        "b",
        "blockquote",
        "br",
        "code",
        "dd",
        "del",
        "div",
        "dl",
        "dt",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "ins",
        "li",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "u",
        "ul",
    ]
)
"""What may stand in a description: structure and emphasis, no images, no forms, no styles."""

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufffe\uffff\ud800-\udfff]"
)
_SPACES = re.compile(r"[^\S\n]+")
_BREAKS = re.compile(r" ?\n ?")
_MANY_BREAKS = re.compile(r"\n{3,}")
_LINE_SEPARATORS = re.compile("\r\n?|[\x85\u2028\u2029]")
_ELEMENTS = (
    "abbr|acronym|address|applet|area|article|aside|audio|base|basefont|bdi|bdo|bgsound|big|blink|blockquote|body|"
    "br|button|canvas|caption|center|cite|code|col|colgroup|data|datalist|dd|del|details|dfn|dialog|dir|div|dl|dt|em|"
    "embed|fieldset|figcaption|figure|font|footer|form|frame|frameset|h[1-6]|head|header|hgroup|hr|html|iframe|image|"
    "img|input|ins|kbd|label|layer|legend|li|link|listing|main|map|mark|marquee|math|menu|meta|meter|nav|nobr|"
    "noembed|noframes|noscript|object|ol|optgroup|option|output|param|picture|plaintext|pre|progress|rp|rt|ruby|samp|"
    "script|section|select|slot|small|source|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|template|"
    "textarea|tfoot|th|thead|time|title|tr|track|tt|ul|var|video|wbr|xml|xmp|"
    "(?:animate|circle|defs|desc|ellipse|foreignobject|g|line|path|polygon|polyline|rect|set|text|tspan|use)|"
    "(?:[ovwm]|st1):[a-z]+"
)
"""HTML's, those it once had, those that carry something active, and those of office programs."""
_ATTRIBUTE = (
    r"[\s/\"'](?:on[a-z]+|data-[\w-]+|aria-[\w-]+|href|src|class|style|id|title|target|rel|lang|dir|align|name|"
    r"type|cite|datetime|role|action|xmlns(?::\w+)?|xlink:href)\s*="
)
_TAG = re.compile(
    rf"<(?:/?(?:{_ELEMENTS})(?:[\s/][^<>]*)?"
    # One letter may be a variable: "A<B et C>D" compares.
    rf"|/?[abipqsu][\s/]*(?=>)|[abipqsu](?=[^<>]*>)(?=[^<>]*?{_ATTRIBUTE})[^<>]*"
    r"|![a-z\[][^<>]*|\?[a-z][^<>]*|!--(?:[^-<]|-(?!->)|<(?!!--))*--)>",
    re.IGNORECASE,
)
_LOOSE = re.compile(rf"<(?!/?(?:{_ELEMENTS}|[abipqsu])(?:[\s/][^<>]*)?\Z)", re.IGNORECASE)
"""A `<` that may stand for itself: not a tag that the end of the text cuts off."""
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_LEVELS = 4  # of escaping: `&amp;lt;` is two
# A run of spaces is looked at from its beginning only: a search would start anew at each of them.
_BLOCK = re.compile(
    r"(?:(?<!\s)\s++)?</?(?:p|div|br|ul|ol|tr|table|h[1-6]|blockquote|pre|dl|dt|dd|hr)\b[^<>]*>\s*",
    re.IGNORECASE,
)
_ITEM = re.compile(r"(?:(?<!\s)\s++)?<li\b[^<>]*>\s*", re.IGNORECASE)
_DROPPED = re.compile(
    r"<(script|style|head|title)\b[^<>]*>.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL
)


def tidy(text: str) -> str:
    """NFC, without invisible characters; any space is one plain space; at most one empty line."""
    if _is_tidy(text):
        return text
    text = _LINE_SEPARATORS.sub("\n", text)
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    text = _BREAKS.sub("\n", _SPACES.sub(" ", text))
    return _MANY_BREAKS.sub("\n\n", text).strip()


def _is_tidy(text: str) -> bool:
    """Whether nothing is to do: characters are printable (no odd space is), spaces and lines single."""
    if not text:
        return True
    if text[0] == " " or text[-1] == " " or "  " in text:
        return False
    if not text.isprintable():
        flat = text.replace("\n", "")
        if not flat.isprintable() or text[0] == "\n" or text[-1] == "\n":
            return False
        if " \n" in text or "\n " in text or "\n\n\n" in text:
            return False
    return text.isascii() or unicodedata.is_normalized("NFC", text)


def line(text: str) -> str:
    """Tidy text on one line, without mark-up: a title, a name, a keyword."""
    if (
        text.isprintable()
        and "<" not in text
        and "&" not in text
        and "  " not in text
        and text[:1] != " "
        and text[-1:] != " "
        and (text.isascii() or unicodedata.is_normalized("NFC", text))
    ):
        return text
    if "<" in text or "&" in text:
        text = plain(text)
    text = tidy(text)
    return " ".join(text.split()) if "\n" in text else text


def has_markup(text: str) -> bool:
    """Whether text holds HTML tags, known ones and formed like ones: a `<` alone compares."""
    return "<" in text and _TAG.search(text) is not None


def _escaped(text: str) -> str:
    """HTML in which a `<` that begins no tag stands for itself: a parser would drop the text after it."""
    parts, end = [], 0
    for tag in _TAG.finditer(text):
        parts += [text[end : tag.start()].replace("<", "&lt;"), tag[0]]
        end = tag.end()
    return "".join((*parts, _LOOSE.sub("&lt;", text[end:])))


@lru_cache(maxsize=1)
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(TAGS),
        attributes={
            "a": {"href", "title"},
            "abbr": {"title"},
            "td": {"colspan", "rowspan"},
        },
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )


def sanitise(text: str) -> str:
    """Tidy text as it is; HTML reduced to `TAGS`, with safe links.

    The result either holds no tag at all (then it is plain text, `&` and `<` stand for themselves) or
    is HTML that a page can include.
    """
    for _ in range(_LEVELS):
        if has_markup(text):
            text = _cleaner().clean(_escaped(text))
            if has_markup(text):
                return tidy(text)
        if "&" not in text or _ENTITY.search(text) is None:
            return tidy(text)
        text = html.unescape(text)
    return plain(text)


def plain(text: str) -> str:
    """HTML without its tags: paragraphs become lines, items get a dash."""
    for _ in range(_LEVELS):
        if has_markup(text):
            text = _DROPPED.sub(" ", text)
            text = _BLOCK.sub("\n", _ITEM.sub("\n- ", text))
            text = _TAG.sub("", text)
        if "&" not in text or _ENTITY.search(text) is None:
            break
        text = html.unescape(text)
    for _ in range(_LEVELS):  # what is left may be a tag only now
        if not has_markup(text):
            break
        text = _TAG.sub("", text)
    else:
        text = text.replace("<", " ")  # `<<<b>b>b>`: each pass would only make the next tag
    return tidy(text)


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough")
    made.core.ruler.push("addresses_within_measure", _within_measure)
    return made


def _within_measure(state: StateCore) -> None:
    """Leave out addresses and titles once they are longer together than a text may be.

    `[a]: …` says an address once, and each `[a]` writes it again: a page grows with the square of such a text.
    """
    spent = 0
    for block in state.tokens:
        for token in block.children or ():
            for name in ("href", "src", "title"):
                spent += len(str(token.attrs.get(name, "")))
                if spent > LONGEST_TEXT:
                    token.attrs.pop(name, None)


_MARKDOWN = re.compile(r"[*_`#\[\]<>|~]|^\s*(?:[-+]|\d+[.)])\s|\n\s*\n|\n {4}", re.MULTILINE)


_ONE_PARAGRAPH = re.compile(r"<p>([^<]*)</p>\n?")


def markdown(text: str) -> str:
    """Markdown (CommonMark, tables) as sanitised HTML; text without any mark-up stays text."""
    text = tidy(text)
    if _MARKDOWN.search(text) is None:
        return sanitise(text)
    rendered = _markdown().render(text)
    unmarked = _ONE_PARAGRAPH.fullmatch(rendered)
    return sanitise(unmarked[1] if unmarked else rendered)


def bare(text: str) -> str:
    """Lower case, no accents, words separated by one space: for comparison only."""
    decomposed = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "oe"))
    letters = "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()
    return " ".join(re.findall(r"[^\W_]+", letters))
