"""With what and from where somebody signs in, as far as their holder needs to know it."""

import hmac
from hashlib import sha256

# What a browser calls itself, and what it is; each names those after it too, so the first that is found counts.
BROWSERS = (
    ("edg", "Edge"),
    ("opr/", "Opera"),
    ("samsungbrowser/", "Samsung Internet"),
    ("firefox/", "Firefox"),
    ("fxios/", "Firefox"),
    ("crios/", "Chrome"),
    ("chrome/", "Chrome"),
    ("safari/", "Safari"),
)
SYSTEMS = (
    ("android", "Android"),
    ("iphone", "iPhone"),
    ("ipad", "iPad"),
    ("windows", "Windows"),
    ("cros", "ChromeOS"),
    ("mac os", "macOS"),
    ("linux", "Linux"),
)


def device_of(user_agent: str) -> str:
    """Return browser and system in words that every language shares, "Firefox, Linux"; empty when neither is known."""
    told = user_agent.casefold()
    browser = next((words for mark, words in BROWSERS if mark in told), "")
    system = next((words for mark, words in SYSTEMS if mark in told), "")
    return ", ".join(filter(None, (browser, system)))


def place_of(network: str, secret: str) -> str:
    """Return a keyed hash of a network: enough to know it again, too little to tell where it is."""
    return hmac.new(secret.encode(), f"place|{network}".encode(), sha256).hexdigest()
