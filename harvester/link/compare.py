"""Two records side by side: what speaks for one dataset and what against it, as named levels of evidence.

A level's weight in bits is in the model (see weights.py); the bits of a pair are their sum. A level is written
`feature:level`, and that is what explanations are made of.
"""

from __future__ import annotations

from harvester.link.periods import agreement
from harvester.link.places import Places
from harvester.link.profile import MEANT, Profile, same_publisher
from harvester.link.survey import COMMON_TITLE, GENERIC_TEXT, KNOWN_TITLE, Survey
from harvester.link.titles import Title
from harvester.link.words import one_typo


def levels(a: Profile, b: Profile, places: Places, survey: Survey) -> tuple[str, ...]:
    """What the comparison of two records says, one level per feature."""
    title = title_level(a.title, b.title, survey)
    when = when_level(a, b)
    where = where_level(a, b, places)
    publisher = publisher_level(a, b, places)
    return (
        title,
        when,
        where,
        publisher,
        whole_level(title, when, where, publisher),
        text_level(a, b, survey),
        id_level(a, b),
        issued_level(a, b, survey),
        keyword_level(a, b),
        box_level(a, b),
        portal_level(a, b, places),
        origin_level(a, b),
        shared_level(a, b, survey),
    )


def title_level(a: Title, b: Title, survey: Survey) -> str:
    """How the two say what they are about."""
    if a.core == b.core:
        places = survey.titles.get(a.core, 0)
        if places >= COMMON_TITLE:
            return "title:same-common"
        return "title:same-known" if places >= KNOWN_TITLE else "title:same-rare"
    one, two = set(a.core), set(b.core)
    only, other = one - two, two - one
    if only and other:
        for word in list(only):
            twin = next((w for w in other if one_typo(word, w)), None)
            if twin is not None:
                only.discard(word)
                other.discard(twin)
    if not only and not other:
        return "title:typo"
    if a.cut or b.cut or _begins(a.text, b.text):
        short, long = (a, b) if a.cut or len(a.text) < len(b.text) else (b, a)
        left = only if short is a else other
        if all(any(word.startswith(w) for word in long.core) for w in left):
            return "title:cut"
    bits = survey.bits
    both = sum(bits(word) for word in one & two)
    apart = sum(bits(word) for word in only) + sum(bits(word) for word in other)
    likeness = both / (both + apart) if both else 0.0
    way = "instead" if only and other else "more"
    if likeness >= 0.7:
        return f"title:near-{way}"
    if likeness >= 0.45:
        return f"title:half-{way}"
    return f"title:some-{way}" if likeness >= 0.2 else "title:other"


NAMED_ALIKE = frozenset({"title:same-rare", "title:same-known", "title:same-common", "title:typo"})
ONE_PLACE = frozenset({"where:same", "where:same-wide"})
ONE_BODY = frozenset({"publisher:same", "publisher:same-name"})


def whole_level(title: str, when: str, where: str, publisher: str) -> str:
    """What, when and where together: each alone is shared by hundreds, the three by one dataset and its copies."""
    place = where in ONE_PLACE or (where == "where:same-state" and publisher in ONE_BODY)
    if title not in NAMED_ALIKE or not place:
        return "whole:no"
    wide = "" if where == "where:same" else "-wide"
    if when == "when:same":
        return f"whole:same{wide}"
    return f"whole:timeless{wide}" if when == "when:none" else "whole:undated"


def _begins(one: str, two: str) -> bool:
    short, long = (one, two) if len(one) < len(two) else (two, one)
    return len(short) >= 12 and long.startswith(short)


def when_level(a: Profile, b: Profile) -> str:
    """Whether they are about the same time."""
    said = agreement(a.when, b.when)
    if said == "unknown":
        return "when:none" if a.when is None and b.when is None else "when:one"
    firm = min(a.dated, b.dated) >= MEANT
    return f"when:{said}" if firm else f"when:{said}-weak"


def where_level(a: Profile, b: Profile, places: Places) -> str:
    """Whether they are about the same place."""
    if not a.where or not b.where:
        return "where:unknown"
    if a.where == b.where:
        if len(a.where) > 1:
            return "where:several"
        level = places.level(next(iter(a.where)))
        if level == "etat":
            return "where:same-state"
        if level == "commune":
            return "where:same" if min(a.sure, b.sure) >= MEANT else "where:same-weak"
        return "where:same-wide"
    if a.where & b.where:
        return "where:several"
    firm = min(a.sure, b.sure) >= MEANT
    if _inside(a, b, places) or _inside(b, a, places):
        return "where:inside" if firm else "where:inside-weak"
    return "where:other" if firm else "where:other-weak"


def _inside(a: Profile, b: Profile, places: Places) -> bool:
    return any(places.encloses(outer, inner) for outer in a.where for inner in b.where)


def publisher_level(a: Profile, b: Profile, places: Places) -> str:
    """Whether the same body publishes them; hosts put their own name in the publisher's place."""
    one, two = a.publisher, b.publisher
    if not one.name or not two.name:
        return "publisher:none"
    if (one.siren and one.siren == two.siren) or (one.codes and one.codes == two.codes):
        return "publisher:same"
    if one.name == two.name:
        return "publisher:same-name"
    if _hosts(a, b) or _hosts(b, a):
        return "publisher:host"
    for outer, inner in ((one.codes, two.codes), (two.codes, one.codes)):
        if len(outer) == 1 and any(places.encloses(next(iter(outer)), code) for code in inner):
            return "publisher:above"
    return "publisher:other" if one.codes and two.codes else "publisher:other-name"


def _hosts(a: Profile, b: Profile) -> bool:
    return (
        b.portal.owner is not None and b.portal.owner in a.publisher.codes and not b.portal.gathers
    )


def text_level(a: Profile, b: Profile, survey: Survey) -> str:
    """Whether the descriptions are one, and how much that tells."""
    one, two = a.text, b.text
    if len(one) < 12 or len(two) < 12:
        return "text:none"
    if one != two:
        short, long = (one, two) if len(one) < len(two) else (two, one)
        if long.startswith(short) or (
            long.startswith(short.rpartition(" ")[0]) and len(short) > 30
        ):
            one = short
        elif _common(one, two) >= 40:
            return "text:begun"
        else:
            return "text:other"
    count = max(survey.texts.get(one, 1), survey.texts.get(two, 1))
    if count > GENERIC_TEXT:
        return "text:generic"
    return "text:same" if count > 1 else "text:same-rare"


def _common(one: str, two: str) -> int:
    count = 0
    for x, y in zip(one, two, strict=False):
        if x != y:
            break
        count += 1
    return count


def id_level(a: Profile, b: Profile) -> str:
    """Whether readable ids are one."""
    one, two = a.local, b.local
    if not one or not two:
        return "id:none"
    if one == two:
        return "id:same"
    short, long = (one, two) if len(one) < len(two) else (two, one)
    if len(short) >= 8 and long.startswith(short):
        return "id:begun"
    if len(short) >= 8 and short in long:
        return "id:within"
    return "id:other"


def issued_level(a: Profile, b: Profile, survey: Survey) -> str:
    """Whether they came out on one day, and how many did."""
    if not a.issued or not b.issued:
        return "issued:none"
    if a.issued == b.issued:
        return "issued:same" if survey.days.get(a.issued, 0) >= 20 else "issued:same-rare"
    if a.issued[:7] == b.issued[:7]:
        return "issued:near"
    return "issued:other"


def keyword_level(a: Profile, b: Profile) -> str:
    """How many keywords they share."""
    if not a.keywords or not b.keywords:
        return "keyword:none"
    both = len(a.keywords & b.keywords)
    share = both / min(len(a.keywords), len(b.keywords))
    if share >= 0.99:
        return "keyword:all"
    return "keyword:some" if both else "keyword:other"


def box_level(a: Profile, b: Profile) -> str:
    """Whether the extents are one."""
    one, two = a.box, b.box
    if one is None or two is None:
        return "box:none"
    off = max(abs(x - y) for x, y in zip(one, two, strict=True))
    if off < 0.0006:
        return "box:same"
    if off < 0.02:
        return "box:near"
    if one[0] > two[2] or two[0] > one[2] or one[1] > two[3] or two[1] > one[3]:
        return "box:apart"
    return "box:other"


def portal_level(a: Profile, b: Profile, places: Places) -> str:
    """How the two portals stand to each other; `natives`: each is published by its own portal's owner; `twins`:
    one publisher put both on one national portal itself, as it does with the years of a series."""
    if a.portal.key == b.portal.key:
        if not (a.points or a.guess or b.points or b.guess) and same_publisher(
            a.publisher, b.publisher
        ):
            return "portal:twins" if when_level(a, b) == "when:same" else "portal:twins-undated"
        return "portal:one"
    if a.native and b.native:
        return "portal:natives"
    if a.portal.gathers or b.portal.gathers:
        return "portal:gathers"
    one, two = a.portal.owner, b.portal.owner
    if one and two and (places.encloses(one, two) or places.encloses(two, one)):
        return "portal:above"
    return "portal:apart"


def origin_level(a: Profile, b: Profile) -> str:
    """Whether each says where it comes from, and that they differ."""
    one, two = origin(a), origin(b)
    if not one or not two:
        return "origin:unknown"
    if one == two:
        return "origin:same"
    if one.partition("/")[0] == two.partition("/")[0]:
        return "origin:other-id"
    return "origin:other"


def origin(profile: Profile) -> str:
    """The dataset that a record says it comes from; a record of a portal that only shows its own comes from there."""
    if profile.points:
        return profile.points[-1]
    return profile.guess or ("" if profile.portal.gathers else profile.own)


def shared_level(a: Profile, b: Profile, survey: Survey) -> str:
    """Whether they have a file in common, an identifier that was written by hand, or one is the other's page."""
    if a.files and b.files:
        for file in a.files:
            if file in b.files and file not in survey.files:
                return "shared:file"
    named_a, named_b = (a.own, *a.points, *a.names, *a.weak), (b.own, *b.points, *b.names, *b.weak)
    if (a.weak or b.weak) and not set(named_a).isdisjoint(named_b):
        return "shared:identifier"
    if not {*a.pages}.isdisjoint(b.names) or not {*b.pages}.isdisjoint(a.names):
        return "shared:identifier"
    return "shared:none"
