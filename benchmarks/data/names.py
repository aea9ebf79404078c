"""The texts that records are made of. Everything here is made up or reserved for examples."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


STATES = _words(
    "CA TX FL NY PA IL OH GA NC MI NJ VA WA AZ TN MA IN MO MD WI CO MN SC AL LA KY OR OK CT UT"
    " IA NV AR MS KS NM NE ID WV HI NH ME MT RI DE SD ND AK VT WY"
)
COUNTRIES = _words("US GB CA DE FR ES IT NL BR MX AU IN JP SE PL AT CH BE DK NO")
PLANS = ("free", "basic", "pro", "business", "enterprise")
CATEGORIES = _words(
    "grocery apparel shoes toys books music games garden tools sports outdoor baby beauty health"
    " pets office travel kitchen furniture electronics"
)

STEMS = _words(
    "Oak Maple Cedar Pine Elm Birch Ash Willow Hazel Linden Fox Wolf Bear Deer Elk Eagle Falcon"
    " Raven Swan Heron River Lake Spring Brook Creek Stone Rock Clay Sand Iron Silver Gold Copper"
    " Granite Marble North South East West High Low Long Broad Green White Black Red Blue Grey"
    " Amber Summer Winter Harvest Frost Sunny Misty Windy Clear Bright Still Mill Bridge Church"
    " Castle Market Harbor Ferry Tower Gate Wall King Queen Bishop Knight Baron Abbey Monk Saint"
    " Miller Mason Apple Cherry Plum Peach Berry Barley Wheat Clover Rose Lily Fern Moss"
    " Ivy Thorn Heather Juniper Laurel Myrtle Olive Walnut"
)
ENDINGS = _words(
    "ville ton field wood ford bury ham burg port dale view land side mont stead worth well haven"
    " point crest ridge vale grove park hill glen shore bay cliff moor heath marsh mead fold garth"
    " thorpe wick gate cross bank end row reach hurst den combe stoke holm firth more"
)
"""One per state, so that the name of a city tells its state, and no city comes twice."""
CITIES_PER_STATE = len(STEMS)
CITIES = tuple(f"{stem}{ending}" for ending in ENDINGS for stem in STEMS)
"""Ordered by state, within a state by size."""

TOPICS = _words(
    "coffee tea wine running cycling yoga hiking camping fishing golf football tennis cooking"
    " baking gardening reading cinema gaming photography music travel fashion pets parenting"
    " crafts"
)
INTERESTS = ("fan", "buyer", "browser", "newsletter", "member", "gifter", "reviewer", "lapsed")
TAGS = tuple(f"{topic}-{interest}" for interest in INTERESTS for topic in TOPICS)

FIRST_NAMES = _words(
    "Anna Ben Clara David Emma Felix Grace Henry Ida Jonas Karen Leo Maria Noah Olivia Paul Quinn"
    " Rosa Sam Tina Uma Victor Wendy Xaver Yara Zoe Åsa Björn Chloé Dvořák Éric François Gülşen"
    " Hélène İpek José Kübra Łukasz Małgorzata Núria Øyvind Peña Renée Søren Thaïs Ümit Věra"
    " Wojciech Željko Αλέξης Ελένη Борис Ольга דוד שרה علي فاطمة 伟 美玲 さくら 太郎 지훈 민서"
)
LAST_NAMES = _words(
    "Smith Jones Brown Miller Davis Wilson Moore Taylor Clark Lewis Walker Hall Young King Wright"
    " Hill Green Baker Adams Nelson Carter Mitchell Perez Roberts Turner Phillips Campbell Parker"
    " Evans Edwards Müller Größe Şahin Nuñez Håkansson Sørensen Dupré Kovačević Novák Wiśniewska"
    " García O’Neill Παπαδόπουλος Иванова כהן الحسن 王 李 佐藤 김"
)
MAIL_NAMES = _words(
    "anna ben clara david emma felix grace henry ida jonas karen leo maria noah olivia paul quinn"
    " rosa sam tina uma victor wendy yara zoe Anna Ben info shop hello"
)
MAIL_JOINTS = ("@", "@@", " at ", "@.")
"""What stands between name and domain; all but the first make the address invalid."""
MAIL_DOMAINS = _words(
    "mail.example.com post.example.com inbox.example.net letters.example.org shop.example.com"
    " Mail.Example.com uni.example.edu office.example.co.uk home.example.de web.example.fr"
    " box.example.io münchen.example"
)

assert len(CITIES) == len(STATES) * CITIES_PER_STATE, (len(CITIES), len(STATES))
