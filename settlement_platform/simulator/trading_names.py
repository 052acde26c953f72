"""Trading names of merchants: Indian, some in their own script, some hard on careless software."""

from __future__ import annotations

from random import Random

SPECIAL_NAMES = (
    "श्री गणेश ट्रेडर्स",
    "அன்னபூர்ணா உணவகம்",
    "কলকাতা বই ঘর",
    "ಮೈಸೂರು ಸಿಲ್ಕ್ಸ್",
    "ગુજરાત નમકીન ભંડાર",
    "തിരുവനന്തപുരം സ്പൈസസ്",
    "نور جیولرز",
    "Café Pondichéry",
    "Chai ☕ Corner",
    "D'Souza & Sons (Goa)",
    'Bombay "1947" Bakery',
    "Kirana; -- 24x7",
)

_FIRST = (
    "Shree Balaji", "Annapurna", "Lakshmi", "Ganga", "Kaveri", "Himalaya", "Deccan", "Konkan",
    "Malabar", "Rajdhani", "Swastik", "Navjeevan", "Surya", "Chandra", "Vinayak", "Saraswati",
    "Patel", "Gupta", "Iyer", "Khan", "Reddy", "Banerjee", "Mehta", "Chauhan",
)  # fmt: skip
_TRADE = (
    "Traders", "Sweets", "Electronics", "Textiles", "Medicos", "Provision Store", "Jewellers",
    "Travels", "Book Depot", "Hardware", "Dairy", "Coaching Classes", "Pharmacy", "Furniture",
    "Mobile World", "Super Bazaar", "Auto Spares", "Restaurant", "Public School", "Sarees",
)  # fmt: skip
_SUFFIX = ("", "", "", "", " Pvt Ltd", " & Co", " LLP", " Enterprises")


def trading_name(rng: Random) -> str:
    """One plain trading name; two merchants may well share one."""
    return f"{rng.choice(_FIRST)} {rng.choice(_TRADE)}{rng.choice(_SUFFIX)}"
